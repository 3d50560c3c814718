{{/* exec and attach. An empty name is a pod's only container, or an error: never an init container, as ours are. */}}
{{- define "podveil.vap.exec" -}}
{{- $level := dig "validation" "Exec" "deny" .Values.config }}
{{- if ne $level "off" }}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "exec.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], resources: [pods/exec, pods/attach], operations: [CONNECT], scope: Namespaced}
  validations:
  - expression: |-
      !(object.?container.orValue('') in ['podveil-init', 'podveil-sidecar'])
    reason: Forbidden
    message: >-
      Exec: the container is podveil's own, whose root shell could open the tunnel's lock. Use a container of your
      own (kubectl exec -c).
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "exec.podveil.io" "actions" (eq $level "warn" | ternary "[Warn, Audit]" "[Deny]")) }}
{{- end }}
{{- end }}

{{/* What a Binding says of labels and annotations goes over the pod's own, and there is no old pod to look at. */}}
{{- define "podveil.vap.bindings" -}}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "bindings.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], resources: [pods/binding, bindings], operations: [CREATE], scope: Namespaced}
  validations:
  - expression: |-
      [object.?metadata.?labels.orValue({}), object.?metadata.?annotations.orValue({})].all(m, m.all(k, !k.startsWith('podveil.io/')))
    reason: Forbidden
    message: >-
      LabelChanged: the Binding carries a label or annotation under podveil.io/, which would go over the pod's own.
      Leave it out of the Binding.
  - expression: |-
      object.?metadata.?labels.orValue({}).all(k, !(request.namespace + '/' + k in {{ include "podveil.cel.gatewayLabels" . }}))
    reason: Forbidden
    message: >-
      RogueGateway: the Binding carries a label that a gateway's own pods are known by, and would give it to any pod.
      Leave it out of the Binding.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "bindings.podveil.io") }}
---
{{- /* Keys of a mesh's and of CNIs', which mean something to podveil only where there may be a privacy pod. */}}
{{ include "podveil.vap.begin" (dict "root" . "name" "keys.bindings.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], resources: [pods/binding, bindings], operations: [CREATE], scope: Namespaced}
  validations:
  - expression: |-
      [object.?metadata.?labels.orValue({}), object.?metadata.?annotations.orValue({})].all(m, m.all(k,
      !{{ include "podveil.cel.guarded" . }}))
    reason: Forbidden
    message: >-
      LabelChanged: the Binding carries a label or annotation that a pod keeps from its creation to its end, and it
      would go over the pod's own. Leave it out of the Binding.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "keys.bindings.podveil.io" "name" "guarded.keys.bindings.podveil.io" "resources" "namespaceSelector:\n  matchLabels: {podveil.io/guarded: \"true\"}") }}
{{- if .Values.config.gateways }}
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "keys.bindings.podveil.io" "name" "namespace.keys.bindings.podveil.io" "resources" (include "podveil.vap.byNamespace" .)) }}
{{- end }}
{{- end }}

{{/* The labels that a gateway's pods are known by, as NAMESPACE/KEY. */}}
{{- define "podveil.cel.gatewayLabels" -}}
{{- $keys := list -}}
{{- range $gateway := .Values.config.gateways -}}
{{- range $key, $_ := .podSelector -}}{{- $keys = append $keys (printf "%s/%s" $gateway.namespace $key) -}}{{- end -}}
{{- end -}}
['{{ join "', '" ($keys | uniq) }}']
{{- end }}

{{/* Each way to change a pod that runs, status among them. */}}
{{- define "podveil.vap.updates" -}}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "updates.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], resources: [pods, pods/*], operations: [UPDATE], scope: Namespaced}
    {{- include "podveil.vap.marked" . | nindent 4 }}
  variables:
  - name: maps
    expression: |-
      [[oldObject.?metadata.?labels.orValue({}), object.?metadata.?labels.orValue({})],
      [oldObject.?metadata.?annotations.orValue({}), object.?metadata.?annotations.orValue({})]]
  validations:
  - expression: |-
      variables.maps.all(m, m[0] == m[1] || [[0, 1], [1, 0]].all(d, m[d[0]].all(k,
      !{{ include "podveil.cel.guarded" . }} ||
      (k in m[d[1]] && m[d[1]][k] == m[d[0]][k]))))
    reason: Forbidden
    message: >-
      LabelChanged: the update changes a label or annotation that a pod keeps from its creation to its end. Leave it
      as it is, or delete the pod and create it with what you want.
  - expression: |-
      oldObject.?spec.?initContainers.orValue([]).all(c, !{{ include "podveil.cel.ours" . }} ||
      object.?spec.?initContainers.orValue([]).exists(n, n.?name.orValue('') == c.name && n.?image.orValue('') == c.?image.orValue('')))
    reason: Forbidden
    message: >-
      ImageChanged: the update gives a container of podveil's another image. Leave the image as it is; a new one comes
      with podveil's configuration and a new pod.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "updates.podveil.io") }}
{{- end }}

{{/* Debug containers, those that are added. */}}
{{- define "podveil.vap.debug" -}}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "debug.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], resources: [pods/ephemeralcontainers], operations: [UPDATE], scope: Namespaced}
    {{- include "podveil.vap.marked" . | nindent 4 }}
  variables:
  - name: known
    expression: dyn(oldObject).?spec.?ephemeralContainers.orValue([]).map(c, c.?name.orValue(''))
  - name: added
    expression: dyn(object).?spec.?ephemeralContainers.orValue([]).filter(c, !(c.?name.orValue('') in variables.known))
  validations:
  - expression: |-
      !variables.added.exists(c, c.?name.orValue('').startsWith('podveil-') || c.?targetContainerName.orValue('').startsWith('podveil-'))
    reason: Forbidden
    message: >-
      EphemeralContainer: a debug container has a name of podveil's, or looks into a container of podveil's. Target a
      container of your own.
  - expression: |-
      !variables.added.exists(c, {{ include "podveil.cel.privileged" . }} ||
      {{ include "podveil.cel.capability" . }})
    reason: Forbidden
    message: >-
      EphemeralContainer: a debug container is privileged or adds capabilities, and it would share the network of a
      privacy pod. Use a profile that drops all of them (kubectl debug --profile=restricted).
  {{- if ne (.Values.config.rawSockets | default "drop") "keep" }}
  - expression: |-
      variables.added.all(c, {{ include "podveil.cel.drops" . }})
    reason: Forbidden
    message: >-
      EphemeralContainer: a debug container keeps NET_RAW, and it would share the network of a privacy pod. Use a
      profile that drops all capabilities (kubectl debug --profile=restricted).
  {{- end }}
  - expression: |-
      !variables.added.exists(c, {{ include "podveil.cel.mounts" . }})
    reason: Forbidden
    message: >-
      EphemeralContainer: a debug container mounts a volume that is for podveil's containers alone. Remove the mount.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "debug.podveil.io") }}
{{- end }}

{{/* The final pod, after all webhooks, that carries the mark. */}}
{{- define "podveil.vap.pods" -}}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "pods.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE], scope: Namespaced}
    {{- include "podveil.vap.marked" . | nindent 4 }}
  matchConditions:
  - name: no-gateway
    expression: |-
      {{- include "podveil.cel.noGateway" . | nindent 6 }}
  variables:
  - {name: inits, expression: "dyn(object).?spec.?initContainers.orValue([])"}
  - {name: apps, expression: "dyn(object).?spec.?containers.orValue(null) == null ? [] : dyn(object).spec.containers"}
  - name: others
    expression: |-
      variables.inits.filter(c, !{{ include "podveil.cel.ours" . }}) + variables.apps
  - name: first
    expression: |-
      variables.inits.map(c, c.?name.orValue('')).filter(n, !(n in {{ include "podveil.cel.mayPrecede" . }}))
  validations:
  - expression: "!object.?spec.?hostNetwork.orValue(false)"
    reason: Forbidden
    message: >-
      HostNetwork: the pod uses the node's network, where no tunnel can hold it. Remove hostNetwork: true.
  - expression: "!object.?spec.?hostPID.orValue(false) && !object.?spec.?hostIPC.orValue(false)"
    reason: Forbidden
    message: >-
      HostNamespace: the pod is among the node's processes and could enter their network. Remove hostPID: true and
      hostIPC: true.
  - expression: "!object.?spec.?shareProcessNamespace.orValue(false)"
    reason: Forbidden
    message: >-
      SharedProcesses: the pod's containers see each other's processes, podveil's root container among them. Remove
      shareProcessNamespace: true.
  - expression: |-
      !(variables.inits + variables.apps).exists(c, {{ include "podveil.cel.privileged" . }})
    reason: Forbidden
    message: >-
      Privileged: a container is privileged, has procMount: Unmasked, or adds capabilities with
      allowPrivilegeEscalation: true. Remove it, and add the one capability that the program needs.
  - expression: |-
      !variables.others.exists(c, {{ include "podveil.cel.capability" . }})
    reason: Forbidden
    message: >-
      Capability: a container adds a capability with which it could leave the tunnel. Remove NET_ADMIN, NET_RAW,
      SYS_ADMIN, SYS_PTRACE, SYS_MODULE, BPF and ALL from capabilities.add.
  - expression: |-
      variables.apps.all(c, !c.?name.orValue('').startsWith('podveil-')) &&
      variables.inits.all(c, !c.?name.orValue('').startsWith('podveil-') || {{ include "podveil.cel.ours" . }})
    reason: Forbidden
    message: >-
      ReservedName: a container has a name that begins with podveil-, which are podveil's own. Give it another name.
  - expression: |-
      !variables.others.exists(c, {{ include "podveil.cel.mounts" . }})
    reason: Forbidden
    message: >-
      ReservedName: a container mounts a volume that is for podveil's containers alone. Remove the mount.
  - expression: |-
      size(variables.first) >= 2 && variables.first[0] == 'podveil-init' && variables.first[1] == 'podveil-sidecar' &&
      size(variables.inits.filter(c, {{ include "podveil.cel.ours" . }})) == 2 &&
      variables.inits.exists(c, c.?name.orValue('') == 'podveil-sidecar' && c.?restartPolicy.orValue('') == 'Always')
    reason: Forbidden
    message: >-
      NotProtected: podveil's two containers are not the pod's first init containers. Let podveil add them: see that
      its webhooks are registered (kubectl get mutatingwebhookconfigurations podveil).
  {{- if ne (.Values.config.rawSockets | default "drop") "keep" }}
  - expression: |-
      variables.others.all(c, {{ include "podveil.cel.drops" . }})
    reason: Forbidden
    message: >-
      NotProtected: a container keeps NET_RAW, with which it could forge frames in the tunnel. Let podveil take it
      away: see that no other webhook gives it back.
  {{- end }}
  - expression: |-
      'podveil.io/workload' in object.metadata.labels && 'podveil.io/injected' in object.metadata.?annotations.orValue({})
    reason: Forbidden
    message: >-
      NotProtected: the pod lacks a mark of podveil's. Let podveil set it: see that no other webhook takes it away.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "pods.podveil.io") }}
{{- end }}

{{/*
A pod that asks has the mark in the end, or nobody protected it; and who may not opt out does not. One
policy, and a binding for each way to ask: a label of the pod's, or its namespace's.
*/}}
{{- define "podveil.vap.asks" -}}
{{- $root := . }}
{{- $label := include "podveil.label" . }}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "asks.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE], scope: Namespaced}
  matchConditions:
  - name: no-gateway
    expression: |-
      {{- include "podveil.cel.noGateway" . | nindent 6 }}
  variables:
  - name: optsOut
    expression: |-
      object.?metadata.?labels[?'{{ $label }}'].orValue('') == 'none'
  validations:
  - expression: |-
      !variables.optsOut || request.namespace + '/' + object.?spec.?serviceAccountName.orValue('default') in {{ include "podveil.cel.optOut" . }}
    reason: Forbidden
    message: >-
      OptOut: the service account may not take its pods out of the tunnel. Remove the label {{ $label }}: none, or have
      the operator add namespace and account to optOut.
  - expression: |-
      variables.optsOut || object.?metadata.?labels[?'podveil.io/gateway'].orValue('none') != 'none'
    reason: Forbidden
    message: >-
      NotProtected: the pod or its namespace asks for a gateway, and nobody gave it podveil's mark. See that podveil's
      webhooks are registered (kubectl get mutatingwebhookconfigurations podveil).
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "asks.podveil.io" "name" "label.asks.podveil.io" "resources" (include "podveil.vap.byLabel" .)) }}
{{- range .Values.config.aliases }}
---
{{ include "podveil.vap.binding" (dict "root" $root "policy" "asks.podveil.io" "name" (include "podveil.aliasName" . | replace ".podveil.io" ".asks.podveil.io") "resources" (include "podveil.vap.byAlias" .)) }}
{{- end }}
{{- if .Values.config.gateways }}
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "asks.podveil.io" "name" "namespace.asks.podveil.io" "resources" (include "podveil.vap.byNamespace" .)) }}
{{- end }}
{{- end }}

{{/* Who may opt out, as NAMESPACE/ACCOUNT. */}}
{{- define "podveil.cel.optOut" -}}
{{- $accounts := list -}}
{{- range .Values.config.optOut -}}{{- $accounts = append $accounts (printf "%s/%s" .namespace .serviceAccount) -}}{{- end -}}
['{{ join "', '" ($accounts | uniq) }}']
{{- end }}

{{- define "podveil.vap.byLabel" -}}
objectSelector:
  matchExpressions:
  - {key: {{ include "podveil.label" . }}, operator: Exists}
{{- end }}

{{- define "podveil.vap.byAlias" -}}
objectSelector:
  matchLabels:
    {{ .label }}: {{ .value | quote }}
{{- end }}

{{/* As at the webhooks: podveil must be able to start in its own namespace. */}}
{{- define "podveil.vap.byNamespace" -}}
namespaceSelector:
  matchExpressions:
  - {key: {{ include "podveil.label" . }}, operator: Exists}
  - {key: {{ include "podveil.label" . }}, operator: NotIn, values: [none]}
  - {key: kubernetes.io/metadata.name, operator: NotIn, values: [{{ .Release.Namespace | quote }}]}
{{- end }}

{{/* podveil's own namespace is nobody's private one: what it runs has to start before there is a gateway. */}}
{{- define "podveil.vap.namespaces" -}}
{{- $label := include "podveil.label" . }}
---
{{ include "podveil.vap.begin" (dict "root" . "name" "namespaces.podveil.io") }}
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], resources: [namespaces, namespaces/*], operations: [CREATE, UPDATE], scope: "*"}
    objectSelector:
      matchExpressions:
      - {key: {{ $label }}, operator: Exists}
      - {key: {{ $label }}, operator: NotIn, values: [none]}
  validations:
  - expression: |-
      object.?metadata.?name.orValue('') != '{{ .Release.Namespace }}' || !('{{ $label }}' in object.?metadata.?labels.orValue({})) ||
      oldObject != null && '{{ $label }}' in oldObject.?metadata.?labels.orValue({})
    reason: Forbidden
    message: >-
      ReservedNamespace: this is podveil's own namespace, and it could not start as a privacy pod. Leave the label
      {{ $label }} off it.
---
{{ include "podveil.vap.binding" (dict "root" . "policy" "namespaces.podveil.io") }}
{{- end }}
