{{/* NetworkPolicies, which could open a way for privacy pods, or be one of podveil's own. */}}
{{- define "podveil.validate.policies" }}
{{ include "podveil.entry" (dict "root" . "name" "policies.podveil.io" "path" "/validate") }}
  rules:
  - {apiGroups: [networking.k8s.io], apiVersions: [v1], resources: [networkpolicies], operations: [CREATE, UPDATE], scope: Namespaced}
  namespaceSelector:
    matchLabels: {podveil.io/guarded: "true"}
  matchConditions:
  - name: not-podveil-itself
    expression: |-
      {{- include "podveil.cel.others" . | nindent 6 }}
{{- end }}
