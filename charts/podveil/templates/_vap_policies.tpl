{{/*
May a companion let its pods reach these addresses, the block c? Those of the configuration, and all
that is private: while a configuration changes, replicas have two, and this knows but one.
*/}}
{{- define "podveil.cel.block" -}}
{{- $cluster := .Values.config.cluster | default dict -}}
{{- $blocks := concat ($cluster.podCIDRs | default list) ($cluster.serviceCIDRs | default list) ($cluster.localCIDRs | default list) -}}
{{- $blocks = concat $blocks (dig "mesh" "probeAddresses" list .Values.config) -}}
{{- range .Values.config.gateways -}}
{{- range .listed -}}{{- with .ipBlock -}}{{- $blocks = append $blocks .cidr -}}{{- end -}}{{- end -}}
{{- end -}}
{{- $private := list "10.0.0.0/8" "172.16.0.0/12" "192.168.0.0/16" "100.64.0.0/10" "169.254.0.0/16" "fc00::/7" "fe80::/10" -}}
(c in ['{{ join "', '" ($blocks | uniq) }}'] || isCIDR(c) && ['{{ join "', '" $private }}'].exists(n, cidr(n).containsCIDR(c)))
{{- end }}

{{/* What the NetworkPolicy of this variable (object or oldObject) selects pods by. */}}
{{- define "podveil.cel.selects" -}}
dyn({{ . }}).?spec.?podSelector.?matchLabels.orValue({})
{{- end }}

{{/*
Is the NetworkPolicy of this variable a companion, by its name and the pods that it selects? The name
of another gateway's has a hash, which CEL cannot make: there it must be one that stood and says so.
*/}}
{{- define "podveil.cel.companion" -}}
{{- $labels := include "podveil.cel.selects" . -}}
{{- $name := printf "dyn(%s).?metadata.?name.orValue('')" . -}}
({{ . }} != null && {{ $name }}.endsWith('-vpn-killswitch') && 'podveil.io/gateway' in {{ $labels }} && size(dyn({{ . }}).?spec.?podSelector.?matchExpressions.orValue([])) == 0 &&
(size({{ $labels }}) == 1 ? {{ $name }} == 'podveil-' + {{ $labels }}['podveil.io/gateway'] + '-vpn-killswitch' : size({{ $labels }}) == 2 && 'podveil.io/workload' in {{ $labels }} &&
({{ $name }} == {{ $labels }}['podveil.io/workload'] + '-vpn-killswitch' ? !{{ $labels }}['podveil.io/workload'].matches('-[0-9a-f]{8}$') :
{{ if eq . "oldObject" }}{{ $name }}.matches('-[0-9a-f]{8}-vpn-killswitch$') && dyn(oldObject).?metadata.?labels[?'app.kubernetes.io/managed-by'].orValue('') == 'podveil'{{ else }}false{{ end }})))
{{- end }}

{{/*
What both of podveil's own policies must be, as variables. An update that leaves a part as it stood passes: podveil
applies its own members first, and takes out what others added in a second write.
*/}}
{{- define "podveil.vap.own" -}}
- {name: pods, expression: "dyn(object).?spec.?podSelector.orValue({})"}
- {name: egress, expression: "dyn(object).?spec.?egress.orValue([])"}
- {name: oldEgress, expression: "oldObject == null ? [] : dyn(oldObject).?spec.?egress.orValue([])"}
- name: unchanged
  expression: oldObject != null && dyn(object).?spec == dyn(oldObject).?spec
- name: egressAlone
  expression: dyn(object).?spec.?policyTypes.orValue([]) == ['Egress']
- name: floorPods
  expression: variables.pods.?matchExpressions.orValue([])
- name: isFloor
  expression: |-
    variables.egressAlone && (size(variables.egress) == 0 || variables.egress == variables.oldEgress) &&
    size(variables.pods.?matchLabels.orValue({})) == 0 && size(variables.floorPods) == 2 &&
    variables.floorPods.all(e, e.key == 'podveil.io/gateway') && variables.floorPods[0].operator == 'Exists' &&
    variables.floorPods[1].operator == 'NotIn' && variables.floorPods[1].?values.orValue([]) == ['none']
- name: isCompanion
  expression: |-
    variables.egressAlone && 'podveil.io/gateway' in {{ include "podveil.cel.selects" "object" }} &&
    size(variables.pods.?matchExpressions.orValue([])) == 0 && (variables.egress == variables.oldEgress ||
    variables.egress.all(r, size(r.?to.orValue([])) > 0 && r.to.all(p, !has(p.ipBlock) || [p.?ipBlock.?cidr.orValue('')].all(c, {{ include "podveil.cel.block" . }}))))
{{- end }}

{{/* Floor and companions, whoever writes them. */}}
{{- define "podveil.vap.policies" -}}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "policies.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [networking.k8s.io], apiVersions: [v1], resources: [networkpolicies], operations: [CREATE, UPDATE], scope: Namespaced}
    namespaceSelector:
      matchLabels: {podveil.io/guarded: "true"}
  matchConditions:
  # One that is deleted waits for its finalizers: podveil knows whether it may go.
  - name: not-going
    expression: "!dyn(object).?metadata.?deletionTimestamp.hasValue()"
  variables:
  {{- include "podveil.vap.own" . | nindent 2 }}
  - name: floor
    expression: dyn(object).?metadata.?name.orValue('') == 'podveil-floor'
  - name: becomes
    expression: |-
      {{- include "podveil.cel.companion" "object" | nindent 6 }}
  - name: was
    expression: |-
      {{- include "podveil.cel.companion" "oldObject" | nindent 6 }}
  - name: companion
    expression: variables.becomes || variables.was
  - name: oldMetadata
    expression: "oldObject == null ? {} : dyn(oldObject).?metadata.orValue({})"
  validations:
  - expression: "!variables.floor || variables.unchanged || variables.isFloor"
    reason: Forbidden
    message: >-
      CompanionChanged: podveil-floor holds every privacy pod of the namespace and would be another. Leave it to
      podveil; podveil render prints what it is.
  - expression: |-
      !variables.companion || variables.unchanged ||
      variables.isCompanion && (variables.becomes || dyn(object).?spec.?podSelector == dyn(oldObject).?spec.?podSelector)
    reason: Forbidden
    message: >-
      CompanionChanged: the policy is a companion of podveil's, and would let its pods out beside the tunnel or select
      others. Leave it to podveil; podveil render prints what it is.
  - expression: |-
      !(variables.floor || variables.companion) ||
      dyn(object).?metadata.?ownerReferences.orValue([]).all(o, variables.oldMetadata.?ownerReferences.orValue([]).exists(p, p.uid == o.uid && p.name == o.name && p.kind == o.kind && p.apiVersion == o.apiVersion)) &&
      dyn(object).?metadata.?finalizers.orValue([]).all(f, f in variables.oldMetadata.?finalizers.orValue([]))
    reason: Forbidden
    message: >-
      CompanionChanged: the policy would be deleted with its owner while pods need it, or be held by a finalizer where
      nobody can put it back. Leave ownerReferences and finalizers out.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "policies.podveil.io") }}
{{- end }}

{{/* Requests of podveil's own account alone. */}}
{{- define "podveil.vap.itself" -}}
matchConditions:
- name: podveil-itself
  expression: |-
    !{{ include "podveil.cel.others" . | nindent 4 | trim }}
{{- end }}

{{/*
The fence: what RBAC cannot say of podveil's account, whoever has its token. docs/RBAC.md has its rights.
Objects are compared by all their members, so that those of a newer Kubernetes count.
*/}}
{{- define "podveil.vap.fence" -}}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "policies.fence.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [networking.k8s.io], apiVersions: [v1], resources: [networkpolicies], operations: [CREATE, UPDATE, DELETE], scope: Namespaced}
  {{- include "podveil.vap.itself" . | nindent 2 }}
  variables:
  {{- include "podveil.vap.own" . | nindent 2 }}
  - name: one
    expression: "request.operation == 'DELETE' ? dyn(oldObject) : dyn(object)"
  - name: managed
    expression: variables.one.?metadata.?labels[?'app.kubernetes.io/managed-by'].orValue('') == 'podveil'
  - name: floor
    expression: variables.one.?metadata.?name.orValue('') == 'podveil-floor'
  - name: companion
    expression: variables.one.?metadata.?name.orValue('').endsWith('-vpn-killswitch')
  validations:
  - expression: |-
      variables.managed && (request.operation == 'DELETE' ? variables.companion :
      variables.floor && (variables.unchanged || variables.isFloor) || variables.companion && (variables.unchanged || variables.isCompanion))
    reason: Forbidden
    message: >-
      Fence: podveil's account writes podveil-floor and companions alone, which reach private addresses and those of
      the chart's values, and deletes companions alone. Give a configuration that changes to helm.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "policies.fence.podveil.io") }}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "namespaces.fence.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], resources: [namespaces, namespaces/*], operations: ["*"], scope: "*"}
  {{- include "podveil.vap.itself" . | nindent 2 }}
  variables:
  - name: labels
    expression: |-
      [dyn(oldObject), dyn(object)].map(o, o == null ? {} : o.?metadata.?labels.orValue({}))
  validations:
  - expression: |-
      request.operation == 'UPDATE' && {{ include "podveil.cel.sameBut" (list "object" "oldObject" "metadata") }} &&
      {{ include "podveil.cel.sameBut" (list "dyn(object).?metadata.orValue({})" "dyn(oldObject).?metadata.orValue({})" "labels" "managedFields" "resourceVersion") }} &&
      {{ include "podveil.cel.sameBut" (list "variables.labels[1]" "variables.labels[0]" "podveil.io/guarded") }} &&
      variables.labels[1][?'podveil.io/guarded'].orValue('') == 'true'
    reason: Forbidden
    message: >-
      Fence: podveil's account sets the label podveil.io/guarded: "true" on namespaces and changes nothing else of
      them. Use an account of your own.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "namespaces.fence.podveil.io") }}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "events.fence.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], resources: [events], operations: [CREATE, UPDATE], scope: Namespaced}
  {{- include "podveil.vap.itself" . | nindent 2 }}
  validations:
  - expression: |-
      [dyn(object), dyn(oldObject)].all(o, o == null || o.?reportingComponent.orValue('') == 'podveil')
    reason: Forbidden
    message: >-
      Fence: podveil's account writes Events of podveil's alone (reportingComponent: podveil). Use an account of your
      own.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "events.fence.podveil.io") }}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "webhooks.fence.podveil.io") }}
  matchConstraints:
    resourceRules:
    - apiGroups: [admissionregistration.k8s.io]
      apiVersions: [v1]
      resources: [mutatingwebhookconfigurations, validatingwebhookconfigurations]
      operations: ["*"]
      scope: Cluster
  {{- include "podveil.vap.itself" . | nindent 2 }}
  validations:
  - expression: |-
      request.operation == 'UPDATE' && dyn(object).?metadata.?name.orValue('') == '{{ include "podveil.name" . }}' &&
      {{ include "podveil.cel.sameBut" (list "object" "oldObject" "metadata" "webhooks") }} &&
      {{ include "podveil.cel.sameBut" (list "dyn(object).?metadata.orValue({})" "dyn(oldObject).?metadata.orValue({})" "generation" "managedFields" "resourceVersion") }} &&
      size(object.?webhooks.orValue([])) == size(oldObject.?webhooks.orValue([])) &&
      dyn(object).?webhooks.orValue([]).all(w, dyn(oldObject).?webhooks.orValue([]).exists(o, w.name == o.name &&
      {{ include "podveil.cel.sameBut" (list "w" "o" "clientConfig") }} &&
      {{ include "podveil.cel.sameBut" (list "w.clientConfig" "o.clientConfig" "caBundle") }}))
    reason: Forbidden
    message: >-
      Fence: podveil's account changes caBundle alone in its webhook configurations. Use an account of your own.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "webhooks.fence.podveil.io") }}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "own.fence.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], resources: [secrets], operations: [CREATE, UPDATE, DELETE], scope: Namespaced}
    - {apiGroups: [coordination.k8s.io], apiVersions: [v1], resources: [leases], operations: [CREATE, UPDATE, DELETE], scope: Namespaced}
    namespaceSelector:
      matchLabels: {kubernetes.io/metadata.name: {{ .Release.Namespace | quote }}}
  {{- include "podveil.vap.itself" . | nindent 2 }}
  validations:
  - expression: |-
      request.operation != 'DELETE' && (request.resource.resource == 'secrets' ?
      dyn(object).?metadata.?name.orValue('') == 'podveil-ca' && dyn(object).?type.orValue('') == 'Opaque' : dyn(object).?metadata.?name.orValue('') == 'podveil')
    reason: Forbidden
    message: >-
      Fence: podveil's account writes the Secret podveil-ca and the Lease podveil alone. Use an account of your own.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "own.fence.podveil.io") }}
{{- end }}

{{/* Have these two maps the same members but for those that are named? (one, other, names...) */}}
{{- define "podveil.cel.sameBut" -}}
{{- $one := index . 0 }}{{ $other := index . 1 }}{{ $names := join "', '" (slice . 2) -}}
([[dyn({{ $one }}), dyn({{ $other }})], [dyn({{ $other }}), dyn({{ $one }})]].all(m, m[0].all(k, k in ['{{ $names }}'] || (k in m[1] && m[1][k] == m[0][k]))))
{{- end }}
