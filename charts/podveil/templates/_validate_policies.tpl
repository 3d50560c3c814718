{{/* NetworkPolicies, which could open a way for privacy pods, or be one of podveil's own. */}}
{{- define "podveil.validate.policies" }}
{{ include "podveil.entry" (dict "root" . "name" "policies.podveil.io" "path" "/validate") }}
  rules:
  - {apiGroups: [networking.k8s.io], apiVersions: [v1], resources: [networkpolicies], operations: [CREATE, UPDATE, DELETE], scope: Namespaced}
  namespaceSelector:
    matchLabels: {podveil.io/guarded: "true"}
  matchConditions:
  - name: not-podveil-itself
    expression: |-
      {{- include "podveil.cel.others" . | nindent 6 }}
  - name: own-if-deleted
    expression: |-
      request.operation != 'DELETE' || ({{ include "podveil.cel.ownPolicy" . | nindent 6 | trim }} &&
      !{{ include "podveil.cel.namespaceController" . }})
{{- /* Asked as anybody is, but with podveil away a namespace can still be deleted. */}}
{{ include "podveil.entry" (dict "root" . "name" "end.policies.podveil.io" "path" "/validate" "policy" "Ignore") }}
  rules:
  - {apiGroups: [networking.k8s.io], apiVersions: [v1], resources: [networkpolicies], operations: [DELETE], scope: Namespaced}
  namespaceSelector:
    matchLabels: {podveil.io/guarded: "true"}
  matchConditions:
  - name: own-of-a-namespace-that-ends
    expression: |-
      {{ include "podveil.cel.ownPolicy" . | nindent 6 | trim }} &&
      {{ include "podveil.cel.namespaceController" . }}
{{- end }}

{{/* What is deleted is called as floor or companion are; a name that is not there may be anybody's. */}}
{{- define "podveil.cel.ownPolicy" -}}
(oldObject == null || !has(oldObject.metadata) || !has(oldObject.metadata.name) ||
oldObject.metadata.name == 'podveil-floor' || oldObject.metadata.name.endsWith('-vpn-killswitch'))
{{- end }}

{{- define "podveil.cel.namespaceController" -}}
(has(request.userInfo) && has(request.userInfo.username) && request.userInfo.username == 'system:serviceaccount:kube-system:namespace-controller')
{{- end }}
