{{/*
Istio's objects, where the mesh is ambient. What looks like protection concerns the namespaces that hold privacy
pods, and the mesh's root namespace, which is only warned. What leads traffic out by a waypoint may stand in any.
*/}}
{{- define "podveil.validate.mesh" }}
{{- if eq ((.Values.config.mesh | default dict).mode | default "none") "ambient" }}
{{ include "podveil.entry" (dict "root" . "name" "mesh.podveil.io" "path" "/validate") }}
  {{- include "podveil.meshPolicies" . }}
  - {apiGroups: [gateway.networking.k8s.io], apiVersions: [v1, v1beta1], resources: [gateways], operations: [CREATE, UPDATE], scope: Namespaced}
  namespaceSelector:
    matchLabels: {podveil.io/guarded: "true"}
  matchConditions:
  - name: changed
    expression: |-
      {{- include "podveil.cel.meshChanged" . | nindent 6 }}
{{ include "podveil.entry" (dict "root" . "name" "root.mesh.podveil.io" "path" "/validate" "policy" "Ignore") }}
  {{- include "podveil.meshPolicies" . }}
  namespaceSelector:
    matchLabels: {kubernetes.io/metadata.name: istio-system}
    matchExpressions:
    - {key: podveil.io/guarded, operator: NotIn, values: ["true"]}
  matchConditions:
  - name: changed
    expression: |-
      {{- include "podveil.cel.meshChanged" . | nindent 6 }}
{{ include "podveil.entry" (dict "root" . "name" "entries.mesh.podveil.io" "path" "/validate") }}
  {{- include "podveil.meshEntries" . }}
  matchConditions:
  - name: at-a-waypoint
    expression: |-
      object != null && has(object.metadata) && has(object.metadata.labels) && object.metadata.labels != null &&
      ['istio.io/use-waypoint', 'istio.io/use-waypoint-canary'].exists(k, k in object.metadata.labels && object.metadata.labels[k] != 'none')
  - name: changed
    expression: |-
      {{- include "podveil.cel.meshChanged" . | nindent 6 }}
{{- /* The path carries what the API server read from the namespace's label; the object's own goes before it. */}}
{{ include "podveil.entry" (dict "root" . "name" "namespace.entries.mesh.podveil.io" "path" "/validate/waypoint") }}
  {{- include "podveil.meshEntries" . }}
  namespaceSelector:
    matchExpressions:
    - {key: istio.io/use-waypoint, operator: Exists}
    - {key: istio.io/use-waypoint, operator: NotIn, values: [none]}
  matchConditions:
  - name: no-label-of-its-own
    expression: |-
      object == null || !has(object.metadata) || !has(object.metadata.labels) || object.metadata.labels == null || !('istio.io/use-waypoint' in object.metadata.labels)
  - name: changed
    expression: |-
      {{- include "podveil.cel.meshChanged" . | nindent 6 }}
{{ include "podveil.entry" (dict "root" . "name" "claims.entries.mesh.podveil.io" "path" "/validate") }}
  rules:
  - {apiGroups: [networking.istio.io], apiVersions: [v1, v1beta1, v1alpha3], resources: [serviceentries], operations: [CREATE, UPDATE], scope: Namespaced}
  - {apiGroups: [networking.istio.io], apiVersions: [v1, v1beta1, v1alpha3], resources: [serviceentries/status], operations: [UPDATE], scope: Namespaced}
  matchConditions:
  - name: addresses-and-endpoints
    expression: |-
      object != null && has(object.spec) &&
      (has(object.spec.endpoints) || has(object.spec.workloadSelector) ||
      has(object.spec.resolution) && !(object.spec.resolution in ['NONE', 'STATIC'])) &&
      (has(object.spec.addresses) || {{ include "podveil.cel.statusAddresses" "object" }}.exists(a,
      !(has(a.value) && a.value.matches('^(240[.]240([.][0-9]{1,3}){2}|2001:2::[0-9a-f:]*)$'))))
  - name: changed
    expression: |-
      has(request.subResource) && request.subResource == 'status' ||
      {{- include "podveil.cel.meshChanged" . | nindent 6 }}
  - name: changed-addresses
    expression: |-
      !has(request.subResource) || request.subResource != 'status' ||
      {{ include "podveil.cel.statusAddresses" "object" }} != {{ include "podveil.cel.statusAddresses" "oldObject" }}
{{- /* A VPN gateway in the mesh is of no use, and no danger: it may start with podveil away. */}}
{{- $root := . }}
{{- range .Values.config.gateways }}
{{ include "podveil.entry" (dict "root" $root "name" (printf "%s.gateway.mesh.podveil.io" .name) "path" "/validate" "policy" "Ignore") }}
  rules:
  - {apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE], scope: Namespaced}
  namespaceSelector:
    matchLabels: {kubernetes.io/metadata.name: {{ .namespace | quote }}}
  objectSelector:
    matchLabels:
      istio.io/dataplane-mode: ambient
      {{- range $key, $value := .podSelector }}
      {{ $key }}: {{ $value | quote }}
      {{- end }}
  matchConditions:
  - name: its-account
    expression: |-
      object != null && has(object.spec) && has(object.spec.serviceAccountName) && object.spec.serviceAccountName == '{{ .serviceAccount }}'
{{- end }}
{{- /* Labels without effect: a word to whoever writes them, and nothing that could stand in the way. */}}
{{ include "podveil.entry" (dict "root" . "name" "labels.mesh.podveil.io" "path" "/validate" "policy" "Ignore") }}
  rules:
  - {apiGroups: [""], apiVersions: [v1], resources: [services, namespaces], operations: [CREATE, UPDATE], scope: "*"}
  namespaceSelector:
    matchLabels: {podveil.io/guarded: "true"}
  matchConditions:
  - name: says-something-to-the-mesh
    expression: |-
      object != null && has(object.metadata) && has(object.metadata.labels) && object.metadata.labels != null && object.metadata.labels.exists(k, k.startsWith('istio.io/'))
  - name: changed
    expression: |-
      request.operation != 'UPDATE' || oldObject == null || !has(oldObject.metadata) || !has(oldObject.metadata.labels) || object.metadata.labels != oldObject.metadata.labels
{{- end }}
{{- end }}

{{- define "podveil.meshPolicies" }}
  rules:
  - {apiGroups: [security.istio.io], apiVersions: [v1, v1beta1], resources: [authorizationpolicies, peerauthentications], operations: [CREATE, UPDATE], scope: Namespaced}
{{- end }}

{{- define "podveil.meshEntries" }}
  rules:
  - {apiGroups: [networking.istio.io], apiVersions: [v1, v1beta1, v1alpha3], resources: [serviceentries, workloadentries], operations: [CREATE, UPDATE], scope: Namespaced}
{{- end }}

{{/* Those that Istio gives an entry which has none. (on) */}}
{{- define "podveil.cel.statusAddresses" -}}
({{ . }} != null && has({{ . }}.status) && {{ . }}.status != null && has({{ . }}.status.addresses) && {{ . }}.status.addresses != null ? {{ . }}.status.addresses : [])
{{- end }}

{{/* With podveil away finalizers and status of what stands go on; lib/mesh/names.c has the same. */}}
{{- define "podveil.cel.meshChanged" -}}
request.operation != 'UPDATE' || object == null || oldObject == null || !has(object.metadata) || !has(oldObject.metadata) ||
has(object.spec) != has(oldObject.spec) || (has(object.spec) && object.spec != oldObject.spec) ||
[{{ include "podveil.cel.maps" "labels" }},
{{ include "podveil.cel.maps" "annotations" }}].exists(m, m[0] != m[1])
{{- end }}
