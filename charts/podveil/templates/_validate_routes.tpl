{{/*
Ways around the tunnel: endpoints that somebody writes by hand, Services with addresses of their own, look-alikes of a
gateway. These entries sit in the path of the whole cluster's Services, so an entry that fails closed takes only what
podveil would refuse, as far as an expression can tell (docs/WEBHOOKS.md).
*/}}

{{/* deny, warn or off, as the configuration has it for a reason. (root, reason, default) */}}
{{- define "podveil.level" -}}
{{ dig "validation" .reason .default (.root.Values.config | default dict) }}
{{- end }}

{{/* Nothing stops for the sake of a warning. */}}
{{- define "podveil.failurePolicy" -}}
{{ eq (include "podveil.level" .) "deny" | ternary "Fail" "Ignore" }}
{{- end }}

{{- define "podveil.validate.routes" }}
{{- $root := . }}
{{- $endpoints := dict "root" . "reason" "ExternalEndpoint" "default" "deny" }}
{{- $ports := dict "root" . "reason" "HostPort" "default" "warn" }}
{{- if .Values.config.gateways }}
{{- if ne (include "podveil.level" $endpoints) "off" }}
{{ include "podveil.entry" (dict "root" . "name" "endpoints.podveil.io" "path" "/validate" "policy" (include "podveil.failurePolicy" $endpoints)) }}
  rules:
  - {apiGroups: [discovery.k8s.io], apiVersions: [v1], resources: [endpointslices], operations: [CREATE, UPDATE], scope: Namespaced}
  - {apiGroups: [""], apiVersions: [v1], resources: [endpoints], operations: [CREATE, UPDATE], scope: Namespaced}
  matchConditions:
  - name: written-by-hand
    expression: |-
      {{- include "podveil.cel.byHand" . | nindent 6 }}
  - name: leads-out
    expression: |-
      {{- include "podveil.cel.leadsOut" . | nindent 6 }}
  - name: changes-where-it-leads
    expression: |-
      {{- include "podveil.cel.changesTarget" . | nindent 6 }}
{{ include "podveil.entry" (dict "root" . "name" "addresses.podveil.io" "path" "/validate" "policy" (include "podveil.failurePolicy" $endpoints)) }}
  rules:
  - {apiGroups: [""], apiVersions: [v1], resources: [services], operations: [CREATE, UPDATE], scope: Namespaced}
  - {apiGroups: [""], apiVersions: [v1], resources: [services/status], operations: [UPDATE], scope: Namespaced}
  matchConditions:
  - name: gains-an-address
    expression: |-
      has(request.subResource) && request.subResource == 'status' ||
      {{- include "podveil.cel.gainsAddress" . | nindent 6 }}
  - name: gains-an-address-of-a-balancer
    expression: |-
      !has(request.subResource) || request.subResource != 'status' ||
      {{- include "podveil.cel.gainsBalancer" . | nindent 6 }}
{{- end }}
{{- if ne (include "podveil.level" $ports) "off" }}
{{ include "podveil.entry" (dict "root" . "name" "entrances.podveil.io" "path" "/validate" "policy" (include "podveil.failurePolicy" $ports)) }}
  rules:
  - {apiGroups: [""], apiVersions: [v1], resources: [services], operations: [CREATE, UPDATE], scope: Namespaced}
  namespaceSelector:
    matchLabels: {podveil.io/guarded: "true"}
  matchConditions:
  - name: leads-in
    expression: |-
      {{- include "podveil.cel.leadsIn" . | nindent 6 }}
{{- end }}
{{- range .Values.config.gateways }}
{{ include "podveil.entry" (dict "root" $root "name" (printf "%s.lookalikes.podveil.io" .name) "path" "/validate") }}
  rules:
  - {apiGroups: [""], apiVersions: [v1], resources: [pods], operations: [CREATE, UPDATE], scope: Namespaced}
  - {apiGroups: [""], apiVersions: [v1], resources: [pods/status], operations: [UPDATE], scope: Namespaced}
  namespaceSelector:
    matchLabels: {kubernetes.io/metadata.name: {{ .namespace | quote }}}
  objectSelector:
    matchLabels:
      {{- range $key, $value := .podSelector }}
      {{ $key }}: {{ $value | quote }}
      {{- end }}
  matchConditions:
  - name: another-account
    expression: |-
      object == null || !has(object.spec) || !has(object.spec.serviceAccountName) || object.spec.serviceAccountName != '{{ .serviceAccount }}'
  - name: gains-its-labels
    expression: |-
      request.operation != 'UPDATE' || !{{ include "podveil.cel.hasAll" (dict "on" "oldObject" "labels" .podSelector) }}
{{- $service := include "podveil.gatewayService" (dict "root" $root "gateway" .) }}
{{- if $service }}
{{ include "podveil.entry" (dict "root" $root "name" (printf "%s.service.podveil.io" .name) "path" "/validate") }}
  rules:
  - {apiGroups: [""], apiVersions: [v1], resources: [services, endpoints], operations: [CREATE, UPDATE], scope: Namespaced}
  - {apiGroups: [discovery.k8s.io], apiVersions: [v1], resources: [endpointslices], operations: [CREATE, UPDATE], scope: Namespaced}
  namespaceSelector:
    matchLabels: {kubernetes.io/metadata.name: {{ .namespace | quote }}}
  matchConditions:
  - name: written-by-hand
    expression: |-
      {{- include "podveil.cel.byHand" $root | nindent 6 }}
  - name: of-this-gateway
    expression: |-
      {{- include "podveil.cel.ofService" $service | nindent 6 }}
  - name: changes-where-it-leads
    expression: |-
      {{- include "podveil.cel.changesTarget" $root | nindent 6 }}
  - name: leads-to-others
    expression: |-
      request.resource.resource != 'services' || !{{ include "podveil.cel.leadsTo" .podSelector }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/*
The Service behind a gateway's address, where it is one of the gateway's namespace; lib/pod/service.c has the same.
(root, gateway)
*/}}
{{- define "podveil.gatewayService" -}}
{{- $domain := dig "cluster" "domain" "cluster.local" .root.Values.config -}}
{{- $labels := .gateway.address | trimSuffix (printf ".%s" $domain) | trimSuffix ".svc" | splitList "." | reverse -}}
{{- if and (gt (len $labels) 1) (eq (first $labels) .gateway.namespace) -}}
{{ index $labels 1 }}
{{- end -}}
{{- end }}

{{/* Not by the controllers that derive endpoints, nor by the API server, which keeps its own; lib/pod/service.c has the same. */}}
{{- define "podveil.cel.byHand" -}}
!(has(request.userInfo) && has(request.userInfo.username) && request.userInfo.username in [
'system:serviceaccount:kube-system:endpoint-controller',
'system:serviceaccount:kube-system:endpointslice-controller',
'system:serviceaccount:kube-system:endpointslicemirroring-controller',
'system:kube-controller-manager', 'system:apiserver'])
{{- end }}

{{/* Has it all these labels? (on, labels) */}}
{{- define "podveil.cel.hasAll" -}}
({{ .on }} != null && has({{ .on }}.metadata) && has({{ .on }}.metadata.labels) && {{ .on }}.metadata.labels != null
{{- $on := .on }}
{{- range $key, $value := .labels }} && '{{ $key }}' in {{ $on }}.metadata.labels && {{ $on }}.metadata.labels['{{ $key }}'] == '{{ $value }}'{{ end }})
{{- end }}

{{/* A list of an object; absent and null are empty. (on, member) */}}
{{- define "podveil.cel.list" -}}
(has({{ .on }}.{{ .member }}) && {{ .on }}.{{ .member }} != null ? {{ .on }}.{{ .member }} : [])
{{- end }}

{{/*
Is the text `a` for certain an address in one of these CIDRs? IPv4 by its octets, in canonical form, in which each is a
number; IPv6 where the CIDR ends with a group that is written out. Whatever else is in one of them: podveil is asked.
API servers before 1.31 have no cidr().
*/}}
{{- define "podveil.cel.inside" -}}
{{- $four := list -}}
{{- $six := list -}}
{{- range . -}}
{{- $parts := splitList "/" . -}}
{{- $length := last $parts | int -}}
{{- if contains ":" . -}}
{{- $groups := first $parts | splitList "::" | first | splitList ":" -}}
{{- if and (contains "::" .) (eq (mul 16 (len $groups) | int) $length) -}}
{{- $six = append $six (printf "a.startsWith('%s:')" (join ":" $groups)) -}}
{{- end -}}
{{- else -}}
{{- $octets := first $parts | splitList "." -}}
{{- $whole := div $length 8 | int -}}
{{- $all := list -}}
{{- if eq $whole 4 -}}
{{- $all = append $all (printf "a == '%s'" (first $parts)) -}}
{{- else if gt $whole 0 -}}
{{- $all = append $all (printf "a.startsWith('%s.')" (slice $octets 0 $whole | join ".")) -}}
{{- end -}}
{{- if gt (mod $length 8 | int) 0 -}}
{{- $octet := index $octets $whole | int -}}
{{- $size := index (list 0 128 64 32 16 8 4 2) (mod $length 8 | int) -}}
{{- $all = append $all (printf "int(a.split('.')[%d]) >= %d && int(a.split('.')[%d]) < %d" $whole $octet $whole (add $octet $size)) -}}
{{- end -}}
{{- $four = append $four (join " && " $all) -}}
{{- end -}}
{{- end -}}
(
{{- if $four }}a.matches('^(0|[1-9][0-9]?[0-9]?)([.](0|[1-9][0-9]?[0-9]?)){3}$') && ({{ join " || " $four }}){{ end }}
{{- if and $four $six }} || {{ end }}{{ join " || " $six }}
{{- if not (or $four $six) }}false{{ end }})
{{- end }}

{{/* The configuration's CIDRs in these lists, as JSON. (root, lists) */}}
{{- define "podveil.cidrs" -}}
{{- $all := list -}}
{{- range .lists -}}{{- $all = concat $all (dig "cluster" . list $.root.Values.config | default list) -}}{{- end -}}
{{ toJson $all }}
{{- end }}

{{/*
Has a Service's slice, or an Endpoints, an address that is not for certain the cluster's own? With more of them than an
expression may look at podveil looks.
*/}}
{{- define "podveil.cel.leadsOut" -}}
{{- $lists := list "podCIDRs" "serviceCIDRs" "localCIDRs" "nodeCIDRs" -}}
{{- $inside := include "podveil.cidrs" (dict "root" . "lists" $lists) | fromJsonArray | include "podveil.cel.inside" -}}
{{- $endpoints := include "podveil.cel.list" (dict "on" "object" "member" "endpoints") -}}
{{- $addresses := include "podveil.cel.list" (dict "on" "e" "member" "addresses") -}}
{{- $subsets := include "podveil.cel.list" (dict "on" "object" "member" "subsets") -}}
{{- $all := printf "%s + %s" (include "podveil.cel.list" (dict "on" "s" "member" "addresses")) (include "podveil.cel.list" (dict "on" "s" "member" "notReadyAddresses")) -}}
object == null ||
has(object.metadata) && has(object.metadata.labels) && object.metadata.labels != null && 'kubernetes.io/service-name' in object.metadata.labels &&
({{ $endpoints }}.size() > 100 || {{ $endpoints }}.exists(e, {{ $addresses }}.size() > 10 ||
{{ $addresses }}.exists(a,
!{{ $inside }}))) ||
{{ $subsets }}.size() > 10 || {{ $subsets }}.exists(s, ({{ $all }}).size() > 100 ||
({{ $all }}).exists(x, !has(x.ip) || [x.ip].exists(a,
!{{ $inside }})))
{{- end }}

{{/* An update that leaves all of it where it was is nobody's business. */}}
{{- define "podveil.cel.changesTarget" -}}
request.operation != 'UPDATE' || object == null || oldObject == null || !has(object.metadata) || !has(oldObject.metadata) ||
[{{ include "podveil.cel.maps" "labels" }}].exists(m, m[0] != m[1]) ||
{{- range list "endpoints" "subsets" }}
{{ include "podveil.cel.list" (dict "on" "object" "member" .) }} != {{ include "podveil.cel.list" (dict "on" "oldObject" "member" .) }} ||
{{- end }}
has(object.spec) != has(oldObject.spec) || (has(object.spec) && object.spec != oldObject.spec)
{{- end }}

{{/*
A Service with an external address that it had not, other than one that belongs to nobody's pod or Service and is the
cluster's or private.
*/}}
{{- define "podveil.cel.gainsAddress" -}}
{{- $ours := include "podveil.cidrs" (dict "root" . "lists" (list "nodeCIDRs" "localCIDRs")) | fromJsonArray | include "podveil.cel.inside" -}}
{{- $taken := include "podveil.cidrs" (dict "root" . "lists" (list "podCIDRs" "serviceCIDRs")) | fromJsonArray | include "podveil.cel.inside" -}}
{{- $private := list "10.0.0.0/8" "100.64.0.0/10" "127.0.0.0/8" "169.254.0.0/16" "172.16.0.0/12" "192.168.0.0/16" | include "podveil.cel.inside" -}}
object == null || has(object.spec) && {{ include "podveil.cel.list" (dict "on" "object.spec" "member" "externalIPs") }}.exists(a,
!{{ $ours }} &&
!({{ $private }} &&
!{{ $taken }}) &&
!(oldObject != null && has(oldObject.spec) && a in {{ include "podveil.cel.list" (dict "on" "oldObject.spec" "member" "externalIPs") }}))
{{- end }}

{{/*
The same for the status of a Service: with type LoadBalancer an address of the internet is the balancer's. Those of IPv6
are for certain nobody's pod's or Service's where these have none.
*/}}
{{- define "podveil.cel.gainsBalancer" -}}
{{- $ours := include "podveil.cidrs" (dict "root" . "lists" (list "nodeCIDRs" "localCIDRs")) | fromJsonArray | include "podveil.cel.inside" -}}
{{- $clusters := include "podveil.cidrs" (dict "root" . "lists" (list "podCIDRs" "serviceCIDRs")) | fromJsonArray -}}
{{- $taken := $clusters | include "podveil.cel.inside" -}}
{{- $private := list "10.0.0.0/8" "100.64.0.0/10" "127.0.0.0/8" "169.254.0.0/16" "172.16.0.0/12" "192.168.0.0/16" | include "podveil.cel.inside" -}}
{{- $any := list "0.0.0.0/1" "128.0.0.0/1" | include "podveil.cel.inside" -}}
{{- if not (contains ":" (join "," $clusters)) }}{{ $any = printf "(%s || a.matches('^[23][0-9a-f]{3}:[0-9a-f:]+$'))" $any }}{{ end -}}
{{- $ingress := include "podveil.cel.list" (dict "on" "%s.status.loadBalancer" "member" "ingress") -}}
{{- $of := printf "(%%[1]s != null && has(%%[1]s.status) && %%[1]s.status != null && has(%%[1]s.status.loadBalancer) && %%[1]s.status.loadBalancer != null ? %s : [])" ($ingress | replace "%s" "%[1]s") -}}
{{ include "podveil.cel.byHand" . }} &&
(object == null || {{ printf $of "object" }}.exists(e,
!(e in {{ printf $of "oldObject" }}) && has(e.ip) && [e.ip].exists(a,
!{{ $ours }} &&
!((has(object.spec) && has(object.spec.type) && object.spec.type == 'LoadBalancer' ? {{ $any }} :
{{ $private }}) &&
!{{ $taken }}))))
{{- end }}

{{/* A Service that is reached from outside, and changed. */}}
{{- define "podveil.cel.leadsIn" -}}
object == null || has(object.spec) && (has(object.spec.type) && object.spec.type in ['NodePort', 'LoadBalancer'] ||
{{ include "podveil.cel.list" (dict "on" "object.spec" "member" "externalIPs") }}.size() > 0) &&
(request.operation != 'UPDATE' || oldObject == null || !has(oldObject.spec) || object.spec != oldObject.spec)
{{- end }}

{{/* Is it a Service that selects by all these labels? */}}
{{- define "podveil.cel.leadsTo" -}}
(object != null && has(object.spec) && !(has(object.spec.type) && object.spec.type == 'ExternalName') && has(object.spec.selector) && object.spec.selector != null
{{- range $key, $value := . }} && '{{ $key }}' in object.spec.selector && object.spec.selector['{{ $key }}'] == '{{ $value }}'{{ end }})
{{- end }}

{{/* Is it the Service of this name, its Endpoints, or a slice of it? */}}
{{- define "podveil.cel.ofService" -}}
object == null || has(object.metadata) && (request.resource.resource == 'endpointslices' ?
has(object.metadata.labels) && object.metadata.labels != null && 'kubernetes.io/service-name' in object.metadata.labels && object.metadata.labels['kubernetes.io/service-name'] == '{{ . }}' :
has(object.metadata.name) && object.metadata.name == '{{ . }}')
{{- end }}
