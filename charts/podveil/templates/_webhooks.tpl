{{/*
Which requests reach podveil. docs/WEBHOOKS.md explains the entries; what they must hold:
- A pod that asks by its own label is never excluded, whatever its namespace: an excluded namespace is a naked pod.
- A pod is sent once a phase, by the first of: its label, an alias (in the configuration's order), its namespace.
- No expression can fail: under failurePolicy Fail a failure would refuse everybody's pods.
- An entry's name never changes: the API server keys caBundle's ownership by it.
CEL below is put together from small pieces; `on` is object or oldObject.
*/}}

{{- define "podveil.label" -}}
{{ .Values.config.label | default "podveil.io/gateway" }}
{{- end }}

{{/* Has this label this value? (on, key, value) */}}
{{- define "podveil.cel.is" -}}
({{ .on }} != null && has({{ .on }}.metadata) && has({{ .on }}.metadata.labels) && '{{ .key }}' in {{ .on }}.metadata.labels && {{ .on }}.metadata.labels['{{ .key }}'] == '{{ .value }}')
{{- end }}

{{/* The aliases before `index`, as a CEL list of pairs. (root, index) */}}
{{- define "podveil.cel.aliases" -}}
{{- $pairs := list -}}
{{- range $at, $alias := .root.Values.config.aliases -}}
{{- if lt $at (int $.index) -}}{{- $pairs = append $pairs (printf "['%s', '%s']" $alias.label $alias.value) -}}{{- end -}}
{{- end -}}
[{{ join ", " $pairs }}]
{{- end }}

{{/* Another entry takes the pod: the one for the label, or for an alias before `index`. (root, index, on) */}}
{{- define "podveil.cel.taken" -}}
{{- $labels := printf "%s.metadata.labels" .on -}}
({{ .on }} != null && has({{ .on }}.metadata) && has({{ $labels }}) && ('{{ include "podveil.label" .root }}' in {{ $labels }}
{{- if int .index }} || {{ include "podveil.cel.aliases" . }}.exists(a, a[0] in {{ $labels }} && {{ $labels }}[a[0]] == a[1]){{ end }}))
{{- end }}

{{/*
The same at /mutate, but for the label that podveil itself has just set: another webhook may have
changed the pod since, and then the API server asks again whom it asked at first, if it still
matches. (root, index, gateway)
*/}}
{{- define "podveil.cel.mutate" -}}
{{- $label := include "podveil.label" .root }}
{{- if eq $label "podveil.io/gateway" -}}
{{ include "podveil.cel.is" (dict "on" "object" "key" $label "value" .gateway) }} && has(object.metadata.annotations) && 'podveil.io/injected' in object.metadata.annotations
{{- if int .index }} && !{{ include "podveil.cel.aliases" . }}.exists(a, a[0] in object.metadata.labels && object.metadata.labels[a[0]] == a[1]){{ end }} ||
{{ end -}}
!{{ include "podveil.cel.taken" (dict "root" .root "index" .index "on" "object") }}
{{- end }}

{{/* At /validate an update may lose or gain what it asks by: both objects count, as for a selector. (root, index) */}}
{{- define "podveil.cel.validate" -}}
!({{ include "podveil.cel.taken" (dict "root" .root "index" .index "on" "object") }} ||
{{ include "podveil.cel.taken" (dict "root" .root "index" .index "on" "oldObject") }})
{{- end }}

{{/* Keys that a pod keeps from its creation to its end; lib/pod/marks.c has the same. */}}
{{- define "podveil.cel.guarded" -}}
{{- $keys := list (include "podveil.label" .) }}
{{- range .Values.config.aliases }}{{ $keys = append $keys .label }}{{ end }}
{{- $keys = concat $keys (list "istio.io/dataplane-mode" "istio.io/use-waypoint" "istio.io/use-waypoint-namespace" "istio.io/reroute-virtual-interfaces" "istio.io/rev" "sidecar.istio.io/inject" "sidecar.istio.io/status" "traffic.sidecar.istio.io/kubevirtInterfaces" "ambient.istio.io/dns-capture" "ambient.istio.io/bypass-inbound-capture") -}}
{{- $keys = concat $keys (list "k8s.v1.cni.cncf.io/networks" "v1.multus-cni.io/default-network" "danm.io/interfaces" "danm.k8s.io/interfaces" "networking.gke.io/interfaces" "networking.gke.io/default-interface" "network.v1alpha1.isovalent.com/pod-networks" "k8s.aliyun.com/pod-networks" "cni") -}}
(k.startsWith('podveil.io/') || k in ['{{ $keys | uniq | join "', '" }}'])
{{- end }}

{{/* A map of metadata, old and new; absent is empty. */}}
{{- define "podveil.cel.maps" -}}
[has(oldObject.metadata.{{ . }}) ? oldObject.metadata.{{ . }} : {}, has(object.metadata.{{ . }}) ? object.metadata.{{ . }} : {}]
{{- end }}

{{/*
An update is asked about only where it touches what podveil gave the pod, so that with podveil
down status, finalizers, readiness gates and everything else of a running pod move on. It is left
alone where every guarded key stands in both objects with one value, and the init containers are the
same.
*/}}
{{- define "podveil.cel.touches" -}}
request.operation != 'UPDATE' || (has(request.subResource) && request.subResource == 'ephemeralcontainers') ||
object == null || oldObject == null || !has(object.metadata) || !has(oldObject.metadata) || !has(object.spec) || !has(oldObject.spec) ||
!([{{ include "podveil.cel.maps" "labels" }},
{{ include "podveil.cel.maps" "annotations" }}].all(m, m[0] == m[1] || [[0, 1], [1, 0]].all(d, m[d[0]].all(k,
!{{ include "podveil.cel.guarded" . }} ||
(k in m[d[1]] && m[d[1]][k] == m[d[0]][k])))) &&
has(object.spec.initContainers) == has(oldObject.spec.initContainers) &&
(!has(object.spec.initContainers) || object.spec.initContainers == oldObject.spec.initContainers))
{{- end }}

{{/* podveil's own writes: asked about them, it would wait for itself. */}}
{{- define "podveil.cel.others" -}}
!(has(request.userInfo) && has(request.userInfo.username) && request.userInfo.username == '{{ include "podveil.account" . }}')
{{- end }}

{{/* The pod template that a workload's controller makes pods of. */}}
{{- define "podveil.cel.template" -}}
(object != null && has(object.spec) ? (has(object.spec.jobTemplate) ? (has(object.spec.jobTemplate.spec) && has(object.spec.jobTemplate.spec.template) ? [object.spec.jobTemplate.spec.template] : []) : (has(object.spec.template) ? [object.spec.template] : [])) : [])
{{- end }}

{{/* Does the template ask for a gateway by its own labels? */}}
{{- define "podveil.cel.templateAsks" -}}
{{ include "podveil.cel.template" . }}.exists(t, has(t.metadata) && has(t.metadata.labels) && ('{{ include "podveil.label" . }}' in t.metadata.labels
{{- with .Values.config.aliases }} || {{ include "podveil.cel.aliases" (dict "root" $ "index" (len .)) }}.exists(a, a[0] in t.metadata.labels && t.metadata.labels[a[0]] == a[1]){{ end }}))
{{- end }}

{{/* A workload of nobody's, that is new or changed: a ReplicaSet of a Deployment says nothing more. */}}
{{- define "podveil.cel.topWorkload" -}}
object != null && has(object.metadata) && has(object.spec) && !(has(object.metadata.ownerReferences) && object.metadata.ownerReferences.exists(o, has(o.controller) && o.controller)) &&
(request.operation != 'UPDATE' || oldObject == null || !has(oldObject.spec) || object.spec != oldObject.spec)
{{- end }}

{{/* The name of an alias' entry: by what it is, not by where it stands. */}}
{{- define "podveil.aliasName" -}}
alias-{{ printf "%s=%s" .label .value | sha256sum | trunc 12 }}.podveil.io
{{- end }}

{{/* What all entries share. (root, name, path, policy) */}}
{{- define "podveil.entry" -}}
- name: {{ .name }}
  clientConfig:
    service:
      name: {{ include "podveil.name" .root }}
      namespace: {{ .root.Release.Namespace | quote }}
      path: {{ .path }}
      port: 443
  admissionReviewVersions: [v1]
  matchPolicy: Equivalent
  sideEffects: NoneOnDryRun
  failurePolicy: {{ .policy | default "Fail" }}
  timeoutSeconds: {{ .root.Values.webhook.timeoutSeconds }}
{{- end }}

{{/* (root, gateway): namespaces that name the gateway. podveil must be able to start in its own. */}}
{{- define "podveil.namespaceSelector" -}}
matchLabels:
  {{ include "podveil.label" .root }}: {{ .gateway | quote }}
matchExpressions:
- {key: kubernetes.io/metadata.name, operator: NotIn, values: [{{ .root.Release.Namespace | quote }}]}
{{- end }}

{{/* Namespaces whose label names no gateway: their pods are denied, under the reserved name. */}}
{{- define "podveil.unknownNamespaceSelector" -}}
matchExpressions:
- {key: {{ include "podveil.label" . }}, operator: Exists}
- key: {{ include "podveil.label" . }}
  operator: NotIn
  values: [none{{ range .Values.config.gateways }}, {{ .name | quote }}{{ end }}]
- {key: kubernetes.io/metadata.name, operator: NotIn, values: [{{ .Release.Namespace | quote }}]}
{{- end }}

{{/* cert-manager's CA, where it is the source; else podveil writes caBundle itself. */}}
{{- define "podveil.webhookMetadata" -}}
name: {{ include "podveil.name" . }}
labels:
  {{- include "podveil.labels" . | nindent 2 }}
{{- if eq .Values.certificates.source "cert-manager" }}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "podveil.name" . }}
{{- end }}
{{- end }}
