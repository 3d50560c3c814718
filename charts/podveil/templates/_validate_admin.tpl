{{/*
Policies that stand above, beside or under NetworkPolicies: the admin tier, Cilium's, Calico's. Which of these kinds a
cluster has does not matter: one that it has not is never sent, and one that comes later is covered at once. They are sent
in every version ("*"): podveil warns of one that it does not know, and a conversion of the API server's could lose what
that one says. An entry takes only what may let something out, so that with podveil away a CNI can bring itself up.
*/}}
{{- define "podveil.validate.admin" }}
{{ include "podveil.entry" (dict "root" . "name" "admin.podveil.io" "path" "/validate") }}
  rules:
  - {apiGroups: [policy.networking.k8s.io], apiVersions: ["*"], resources: [adminnetworkpolicies, clusternetworkpolicies], operations: [CREATE, UPDATE], scope: Cluster}
  - {apiGroups: [cilium.io], apiVersions: ["*"], resources: [ciliumclusterwidenetworkpolicies], operations: [CREATE, UPDATE], scope: Cluster}
  - {apiGroups: [crd.projectcalico.org, projectcalico.org], apiVersions: ["*"], resources: [globalnetworkpolicies, tiers], operations: [CREATE, UPDATE], scope: Cluster}
  matchConditions:
  - name: may-let-out
    expression: |-
      request.resource.resource == 'tiers' ? ({{ include "podveil.cel.opensTier" . | nindent 6 | trim }}) :
      ({{ include "podveil.cel.hasEgress" . | nindent 6 | trim }})
  - name: changed
    expression: |-
      {{- include "podveil.cel.policyChanged" . | nindent 6 }}
{{- /* Also before its first privacy pod comes: who writes one learns of it then, not by a pod that is kept out. */}}
{{- $root := . }}
{{- range $name := list "cni.podveil.io" "labelled.cni.podveil.io" }}
{{ include "podveil.entry" (dict "root" $root "name" $name "path" "/validate") }}
  rules:
  - {apiGroups: [cilium.io], apiVersions: ["*"], resources: [ciliumnetworkpolicies], operations: [CREATE, UPDATE], scope: Namespaced}
  - {apiGroups: [crd.projectcalico.org, projectcalico.org], apiVersions: ["*"], resources: [networkpolicies], operations: [CREATE, UPDATE], scope: Namespaced}
  namespaceSelector:
    {{- if eq $name "cni.podveil.io" }}
    matchLabels: {podveil.io/guarded: "true"}
    {{- else }}
    matchExpressions:
    - {key: {{ include "podveil.label" $root }}, operator: Exists}
    - {key: {{ include "podveil.label" $root }}, operator: NotIn, values: [none]}
    - {key: podveil.io/guarded, operator: NotIn, values: ["true"]}
    {{- end }}
  matchConditions:
  - name: may-let-out
    expression: |-
      {{- include "podveil.cel.hasEgress" $root | nindent 6 }}
  - name: changed
    expression: |-
      {{- include "podveil.cel.policyChanged" $root | nindent 6 }}
{{- end }}
{{- /* What reaches privacy pods from any namespace. */}}
{{ include "podveil.entry" (dict "root" . "name" "reaching.cni.podveil.io" "path" "/validate") }}
  rules:
  - {apiGroups: [cilium.io], apiVersions: ["*"], resources: [ciliumlocalredirectpolicies], operations: [CREATE, UPDATE], scope: Namespaced}
  - {apiGroups: [cilium.io], apiVersions: ["*"], resources: [ciliumclusterwidelocalredirectpolicies], operations: [CREATE, UPDATE], scope: Cluster}
  - {apiGroups: [crd.projectcalico.org, projectcalico.org], apiVersions: ["*"], resources: [networkpolicies], operations: [CREATE, UPDATE], scope: Namespaced}
  matchConditions:
  - name: reaches-out-of-its-namespace
    expression: |-
      request.resource.resource == 'networkpolicies' ? ({{ include "podveil.cel.breaksOut" . | nindent 6 | trim }}) :
      ({{ include "podveil.cel.redirects" . | nindent 6 | trim }})
  - name: changed
    expression: |-
      {{- include "podveil.cel.policyChanged" . | nindent 6 }}
{{- end }}

{{/* What podveil reads; in another version egress may be called otherwise. validators/*_policy.c have the same. */}}
{{- define "podveil.cel.knownVersion" -}}
(request.resource.resource + '/' + request.resource.version in ['adminnetworkpolicies/v1alpha1', 'clusternetworkpolicies/v1alpha2', 'clusternetworkpolicies/v1beta1',
'ciliumnetworkpolicies/v2', 'ciliumclusterwidenetworkpolicies/v2', 'networkpolicies/v1', 'networkpolicies/v3', 'globalnetworkpolicies/v1', 'globalnetworkpolicies/v3'])
{{- end }}

{{/* Has it a rule for egress, in a tier that has a say before NetworkPolicies? */}}
{{- define "podveil.cel.hasEgress" -}}
!{{ include "podveil.cel.knownVersion" . }} || object == null || has(object.specs) || !has(object.spec) || object.spec == null || has(object.spec.egress) &&
!(request.resource.resource == 'clusternetworkpolicies' && has(object.spec.tier) && object.spec.tier == 'Baseline')
{{- end }}

{{/* What is not allowed in Calico's default tier would go on to the namespace's profile, which allows everything. */}}
{{- define "podveil.cel.opensTier" -}}
object == null || !has(object.metadata) || !has(object.metadata.name) || object.metadata.name == 'default' &&
has(object.spec) && object.spec != null && has(object.spec.defaultAction) && object.spec.defaultAction != 'Deny'
{{- end }}

{{/* Cilium leads an address to pods of the policy's choice, for every pod of the node; or a Service, which may be a gateway's. */}}
{{- define "podveil.cel.redirects" -}}
{{- $services := list -}}
{{- range .Values.config.gateways -}}
{{- with include "podveil.gatewayService" (dict "root" $ "gateway" .) -}}{{- $services = append $services . -}}{{- end -}}
{{- end -}}
object == null || !has(object.spec) || object.spec == null || has(object.spec.redirectFrontend) && object.spec.redirectFrontend != null &&
(has(object.spec.redirectFrontend.addressMatcher) || has(object.spec.redirectFrontend.serviceMatcher) && object.spec.redirectFrontend.serviceMatcher != null &&
(!has(object.spec.redirectFrontend.serviceMatcher.serviceName) || object.spec.redirectFrontend.serviceMatcher.serviceName in [{{ range $at, $name := $services | uniq }}{{ if $at }}, {{ end }}'{{ $name }}'{{ end }}]))
{{- end }}

{{/*
Calico makes `(SELECTOR) && namespace == ...` of a selector: `all()) || (all()` would select every pod. Parentheses that
are in balance, four deep at most, do not break out; whatever else podveil reads.
*/}}
{{- define "podveil.cel.breaksOut" -}}
{{- $plain := "[^()\\x22\\x27]|\\x22[^\\x22]*\\x22|\\x27[^\\x27]*\\x27" -}}
{{- $all := printf "(%s)*" $plain -}}
{{- range until 4 -}}{{- $all = printf "(%s|[(]%s[)])*" $plain $all -}}{{- end -}}
object != null && has(object.spec) && object.spec != null && has(object.spec.selector) && object.spec.selector != null &&
!object.spec.selector.matches(r'^{{ $all }}$')
{{- end }}

{{/* An update that leaves all of it as it was opens nothing: finalizers and labels go on. */}}
{{- define "podveil.cel.policyChanged" -}}
request.operation != 'UPDATE' || object == null || oldObject == null ||
has(object.spec) != has(oldObject.spec) || (has(object.spec) && object.spec != oldObject.spec) ||
has(object.specs) != has(oldObject.specs) || (has(object.specs) && object.specs != oldObject.specs)
{{- end }}
