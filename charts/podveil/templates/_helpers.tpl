{{/* One podveil a cluster: its webhooks, floor and marks are there once, so its names are fixed. */}}
{{- define "podveil.name" -}}podveil{{- end }}

{{- define "podveil.selectorLabels" -}}
app.kubernetes.io/name: podveil
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "podveil.labels" -}}
{{ include "podveil.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "podveil.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end }}
{{- end }}
{{- end }}

{{- define "podveil.configuration" -}}
{{ merge (dict "apiVersion" "podveil.io/v1" "kind" "Configuration") .Values.config | toYaml }}
{{- end }}

{{/* The names that the API server may call podveil by. */}}
{{- define "podveil.dnsName" -}}
{{ include "podveil.name" . }}.{{ .Release.Namespace }}.svc
{{- end }}

{{- define "podveil.account" -}}
system:serviceaccount:{{ .Release.Namespace }}:{{ include "podveil.name" . }}
{{- end }}

{{/* What the schema cannot say. podveil says it too, but a release that never gets ready says it late. */}}
{{- define "podveil.check" -}}
{{- $names := list -}}
{{- range .Values.config.gateways -}}
{{- if has .name $names -}}
{{- fail (printf "config.gateways: there are two gateways named %q" .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- $seen := list -}}
{{- /* Each entry for an alias or a namespace names the aliases before it, and etcd takes 1.5 MB an object. */ -}}
{{- if gt (len (.Values.config.aliases | default list)) 32 -}}
{{- fail (printf "config.aliases: %d aliases are more than the 32 that the webhook configurations have room for" (len .Values.config.aliases)) -}}
{{- end -}}
{{- range .Values.config.aliases -}}
{{- $said := printf "%s=%s" .label .value -}}
{{- if has $said $seen -}}
{{- fail (printf "config.aliases: the alias %s is there twice" $said) -}}
{{- end -}}
{{- $seen = append $seen $said -}}
{{- if not (has .gateway $names) -}}
{{- fail (printf "config.aliases: the alias %s names gateway %q, which config.gateways does not have" $said .gateway) -}}
{{- end -}}
{{- end -}}
{{- end }}
