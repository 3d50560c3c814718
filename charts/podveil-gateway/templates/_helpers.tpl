{{/*
The gateway of the configuration that this release is, as JSON; nothing where there is none.
What podveil cannot know, because it is the other end, is checked here.
*/}}
{{- define "podveil-gateway.entry" -}}
{{- $gateways := .Values.config.gateways | default list -}}
{{- $wanted := .Values.gateway.name -}}
{{- $names := list -}}
{{- $entry := dict -}}
{{- range $gateways -}}
{{- $names = append $names .name -}}
{{- if or (eq .name $wanted) (and (not $wanted) (eq (len $gateways) 1)) -}}
{{- $entry = . -}}
{{- end -}}
{{- end -}}
{{- if and $gateways (not $entry) -}}
{{- if $wanted -}}
{{- fail (printf "gateway.name: config.gateways has no gateway %q; it has %s" $wanted (join ", " $names)) -}}
{{- else -}}
{{- fail (printf "gateway.name: which one is this? Write one of %s (--set gateway.name=%s); each is a release of its own" (join ", " $names) (first $names)) -}}
{{- end -}}
{{- else if and $wanted (not $gateways) -}}
{{- fail (printf "gateway.name: config.gateways has no gateway %q; it is empty" $wanted) -}}
{{- end -}}
{{- if $entry -}}
{{- include "podveil-gateway.check" (dict "root" . "entry" $entry) -}}
{{- $entry | toJson -}}
{{- end -}}
{{- end }}

{{- define "podveil-gateway.check" -}}
{{- $name := .entry.name -}}
{{- $labels := splitList "." .entry.address -}}
{{- if ne .entry.namespace .root.Release.Namespace -}}
{{- fail (printf "gateway %q lives in namespace %q: install it there (helm install --namespace %s)" $name .entry.namespace .entry.namespace) -}}
{{- end -}}
{{- if or (lt (len $labels) 3) (ne (index $labels 1) .entry.namespace) (ne (index $labels 2) "svc") -}}
{{- fail (printf "gateway %q: its address %q is no Service of namespace %q; write NAME.%s.svc.%s" $name .entry.address .entry.namespace .entry.namespace (.root.Values.config.cluster.domain | default "cluster.local")) -}}
{{- end -}}
{{- if eq .entry.serviceAccount "default" -}}
{{- fail (printf "gateway %q: its serviceAccount is what tells it from other pods, and \"default\" is every pod's; give it one of its own" $name) -}}
{{- end -}}
{{- if hasKey .entry.podSelector "podveil.io/gateway" -}}
{{- fail (printf "gateway %q: its podSelector names podveil.io/gateway, the label of the pods that use it" $name) -}}
{{- end -}}
{{- if not .root.Values.gateway.wireguard.secretName -}}
{{- fail (printf "gateway.wireguard.secretName: gateway %q needs a Secret with WIREGUARD_PRIVATE_KEY (kubectl create secret generic wireguard --namespace %s --from-file=WIREGUARD_PRIVATE_KEY=...)" $name .entry.namespace) -}}
{{- end -}}
{{- if not .root.Values.gateway.gluetun.provider -}}
{{- fail (printf "gateway.gluetun.provider: whose VPN is gateway %q? Write the provider as Gluetun calls it, or custom" $name) -}}
{{- end -}}
{{- range $key, $_ := .root.Values.gateway.gluetun.env -}}
{{- if has $key (list "VPN_TYPE" "VPN_SERVICE_PROVIDER" "VPN_INTERFACE" "FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT" "FIREWALL" "FIREWALL_OUTBOUND_SUBNETS" "FIREWALL_INPUT_PORTS" "HTTP_CONTROL_SERVER_ADDRESS" "HEALTH_SERVER_ADDRESS" "DNS_SERVER" "DOT" "DNS_KEEP_NAMESERVER" "WIREGUARD_PRIVATE_KEY" "WIREGUARD_PRESHARED_KEY") -}}
{{- fail (printf "gateway.gluetun.env: %s is the chart's own: another value would open the gateway, or break it" $key) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The Service that the address names; everything of the release bears its name. */}}
{{- define "podveil-gateway.name" -}}
{{ first (splitList "." .address) }}
{{- end }}

{{- define "podveil-gateway.labels" -}}
app.kubernetes.io/component: gateway
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "podveil-gateway.vxlan" -}}
{{ merge (.vxlan | default dict) (dict "id" 42 "port" 14789 "network" "172.16.0.0/24") | toJson }}
{{- end }}

{{/* The cluster's IPv4 CIDRs, `by` between them: the tunnel and Gluetun's routes have no IPv6. */}}
{{- define "podveil-gateway.clusterCIDRs" -}}
{{- $found := list -}}
{{- range concat .cluster.podCIDRs .cluster.serviceCIDRs -}}
{{- if not (contains ":" .) -}}{{- $found = append $found . -}}{{- end -}}
{{- end -}}
{{ join .by $found }}
{{- end }}

{{- define "podveil-gateway.serverImage" -}}
{{ .root.Values.gateway.server.image | default (dig "client" "image" "ghcr.io/angelnu/pod-gateway:v1.13.0" .entry) }}
{{- end }}

{{/* The files that the containers read. Deployment has their hash: a change makes a new pod. */}}
{{- define "podveil-gateway.files" -}}
{{- $cluster := .root.Values.config.cluster -}}
{{- $vxlan := include "podveil-gateway.vxlan" .entry | fromJson -}}
settings.sh: |
  VXLAN_ID="{{ int $vxlan.id }}"
  VXLAN_PORT="{{ int $vxlan.port }}"
  VXLAN_IP_NETWORK="{{ regexReplaceAll "\\.0/24$" $vxlan.network "" }}"
  VXLAN_GATEWAY_FIRST_DYNAMIC_IP="20"
  VPN_INTERFACE="tun0"
  VPN_BLOCK_OTHER_TRAFFIC="true"
  VPN_TRAFFIC_PORT="{{ int .root.Values.gateway.wireguard.port }}"
  # Gluetun routes the cluster's own. Here they would also be forwarded for clients, past their policies.
  VPN_LOCAL_CIDRS=""
  # Not "local": every .local name would go to the cluster, and from there to the resolver at home.
  DNS_LOCAL_CIDRS="{{ $cluster.domain | default "cluster.local" }}"
  DNS_LOCAL_SERVER="{{ $cluster.dns.address }}"
# Has to be there: the server reads it without asking.
nat.conf: ""
# Gluetun takes a packet for a pod as foreign where the CNI gives pods no subnet (Calico, Cilium).
post-rules.txt: |
  iptables -A INPUT -i eth0 -p udp --dport {{ int $vxlan.port }} -j ACCEPT
  iptables -A INPUT -i eth0 -p icmp --icmp-type echo-request -j ACCEPT
{{- if not .root.Values.gateway.server.addressCheck }}
dnsmasq.conf: |
  no-ping
{{- end }}
{{- end }}
