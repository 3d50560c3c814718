{{/*
The second layer: what the API server holds by itself, with podveil gone. docs/WEBHOOKS.md explains it;
what the policies must hold:
- What one refuses, podveil refuses too where it is asked. So nothing here is stricter than podveil, and
  what CEL cannot say safely is left to podveil.
- No expression can fail: a member that may be absent is read by `?`, with what its absence means. Under
  failurePolicy Fail a failure would be a refusal of what podveil would have let in.
- `dyn` where the API server, which looks at the types of an object's members when a policy is made, would
  find two of them in one list, or a member that an older Kubernetes does not have.
- A policy sees only what carries podveil's marks, or asks; an ordinary pod is never looked at.
CEL below is put together from small pieces, as in _webhooks.tpl.
*/}}

{{/* What each policy begins with. (root, name) */}}
{{- define "podveil.vap.begin" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ .name }}
  labels:
    {{- include "podveil.labels" .root | nindent 4 }}
spec:
  failurePolicy: Fail
{{- end }}

{{/* A policy does nothing without one. (root, policy, name, actions, and where it is narrower: resources) */}}
{{- define "podveil.vap.binding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name | default .policy }}
  labels:
    {{- include "podveil.labels" .root | nindent 4 }}
spec:
  policyName: {{ .policy }}
  validationActions: {{ .actions | default "[Deny]" }}
  {{- with .resources }}
  matchResources:
    {{- . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* Pods with podveil's mark. An update is looked at where either pod has it. */}}
{{- define "podveil.vap.marked" -}}
objectSelector:
  matchExpressions:
  - {key: podveil.io/gateway, operator: Exists}
  - {key: podveil.io/gateway, operator: NotIn, values: [none]}
{{- end }}

{{/* Is the container c called as one of ours? */}}
{{- define "podveil.cel.ours" -}}
(c.?name.orValue('') in ['podveil-init', 'podveil-sidecar'])
{{- end }}

{{/* Does the container c add a capability that podveil refuses? Runtimes take any case, and CAP_ before it. */}}
{{- define "podveil.cel.capability" -}}
{{- $names := list "NET_ADMIN" "NET_RAW" "SYS_ADMIN" "SYS_PTRACE" "SYS_MODULE" "BPF" "ALL" -}}
c.?securityContext.?capabilities.?add.orValue([]).exists(a, a.upperAscii() in ['{{ join "', '" $names }}', 'CAP_{{ join "', 'CAP_" $names }}'])
{{- end }}

{{/* Does the container c drop NET_RAW, as podveil writes it? */}}
{{- define "podveil.cel.drops" -}}
c.?securityContext.?capabilities.?drop.orValue([]).exists(d, d in ['ALL', 'NET_RAW'])
{{- end }}

{{/* Is the container c privileged, or may it become so? */}}
{{- define "podveil.cel.privileged" -}}
(c.?securityContext.?privileged.orValue(false) || c.?securityContext.?procMount.orValue('') == 'Unmasked' || c.?securityContext.?allowPrivilegeEscalation.orValue(false) && size(c.?securityContext.?capabilities.?add.orValue([])) > 0)
{{- end }}

{{/* Does the container c get at a volume of podveil's? */}}
{{- define "podveil.cel.mounts" -}}
([c.?volumeMounts.orValue([]), c.?volumeDevices.orValue([])].exists(l, l.exists(m, m.?name.orValue('').startsWith('podveil-'))) || c.?env.orValue([]).exists(e, e.?valueFrom.?fileKeyRef.?volumeName.orValue('').startsWith('podveil-')))
{{- end }}

{{/* Not a gateway's own pod, by namespace and account: its labels too make it one, and podveil looks at those. */}}
{{- define "podveil.cel.noGateway" -}}
{{- $accounts := list -}}
{{- range .Values.config.gateways -}}{{- $accounts = append $accounts (printf "%s/%s" .namespace .serviceAccount) -}}{{- end -}}
!(request.namespace + '/' + object.?spec.?serviceAccountName.orValue('default') in ['{{ join "', '" ($accounts | uniq) }}'])
{{- end }}

{{/* Init containers of others that may stand before ours, of any gateway. */}}
{{- define "podveil.cel.mayPrecede" -}}
{{- $names := list -}}
{{- range .Values.config.gateways -}}{{- $names = concat $names (dig "client" "mayPrecede" list .) -}}{{- end -}}
['{{ join "', '" ($names | uniq) }}']
{{- end }}
