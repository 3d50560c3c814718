{{/*
A namespace that loses the gateway's label or podveil's guard. Without a namespaceSelector: that looks at the labels as
they will be, and would not match the very update that takes them away.
*/}}
{{- define "podveil.validate.namespaces" }}
{{ include "podveil.entry" (dict "root" . "name" "namespaces.podveil.io" "path" "/validate") }}
  rules:
  - apiGroups: [""]
    apiVersions: [v1]
    resources: [namespaces, namespaces/status, namespaces/finalize]
    operations: [UPDATE]
    scope: Cluster
  matchConditions:
  - name: not-podveil-itself
    expression: |-
      {{- include "podveil.cel.others" . | nindent 6 }}
  - name: loses-a-label
    expression: |-
      {{- include "podveil.cel.losesLabel" . | nindent 6 }}
{{- end }}

{{/* A label that counts is gone or has another value. What changes none is never asked about: a namespace's end goes on. */}}
{{- define "podveil.cel.losesLabel" -}}
oldObject != null && has(oldObject.metadata) && has(oldObject.metadata.labels) && oldObject.metadata.labels != null && ['podveil.io/guarded', '{{ include "podveil.label" . }}'].exists(k,
k in oldObject.metadata.labels && !(object != null && has(object.metadata) && has(object.metadata.labels) &&
object.metadata.labels != null && k in object.metadata.labels && object.metadata.labels[k] == oldObject.metadata.labels[k]))
{{- end }}
