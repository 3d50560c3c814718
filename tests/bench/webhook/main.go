// The webhook that tools/bench compares podveil with: net/http, encoding/json, the same certificate
// and a patch of the same kind and size. It is for measuring alone: it protects nothing, as it
// refuses only a little of what podveil refuses and writes no policy.
//
//	webhook -listen 127.0.0.1:8443 -cert tls.crt -key tls.key -scripts lib/pod
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	label   = "podveil.io/gateway"
	bodyMax = 8 << 20
)

type server struct {
	init, sidecar container
	known         sync.Map // what a policy was written for, as podveil keeps it
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	if r.Method != http.MethodPost ||
		!strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		http.Error(w, "POST application/json", http.StatusUnsupportedMediaType)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyMax))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	var asked review
	if err := json.Unmarshal(body, &asked); err != nil || asked.Request == nil ||
		asked.Request.UID == "" {
		http.Error(w, "no AdmissionReview", http.StatusBadRequest)
		return
	}
	answer := s.decide(asked.Request)
	text, err := json.Marshal(review{APIVersion: asked.APIVersion, Kind: asked.Kind,
		Response: answer})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.Write(text)
	line, _ := json.Marshal(map[string]interface{}{"ts": began, "level": "info", "msg": "decision",
		"uid": answer.UID, "path": r.URL.Path, "namespace": asked.Request.Namespace,
		"allowed": answer.Allowed, "ms": float64(time.Since(began).Microseconds()) / 1000})
	os.Stderr.Write(append(line, '\n'))
}

func deny(uid, message string) *response {
	return &response{UID: uid, Status: &status{Message: message, Reason: "Forbidden", Code: 403}}
}

func (s *server) decide(asked *request) *response {
	var p pod
	if err := json.Unmarshal(asked.Object, &p); err != nil {
		return deny(asked.UID, err.Error())
	}
	if asked.Kind.Kind != "Pod" || asked.Operation != "CREATE" || p.Metadata.Labels[label] == "" {
		return &response{UID: asked.UID, Allowed: true}
	}
	if why := refusal(&p); why != "" {
		return deny(asked.UID, why)
	}
	workload := workloadOf(&p)
	s.known.LoadOrStore(asked.Namespace+"/"+workload, true)
	patch, err := json.Marshal(s.operations(&p, asked.Namespace, workload))
	if err != nil {
		return deny(asked.UID, err.Error())
	}
	return &response{UID: asked.UID, Allowed: true, Patch: patch, PatchType: "JSONPatch",
		Audit: map[string]string{"decision": "allowed", "reason": "Protected",
			"config": "000000000000"}}
}

// What a user cannot have together with the label.
func refusal(p *pod) string {
	if p.Spec.HostNetwork || p.Spec.HostPID || p.Spec.HostIPC {
		return "the pod shares a namespace of its node"
	}
	for _, v := range p.Spec.Volumes {
		if v.HostPath != nil || strings.HasPrefix(v.Name, "podveil-") {
			return "the volume " + v.Name
		}
	}
	for _, list := range [][]container{p.Spec.InitContainers, p.Spec.Containers} {
		for _, c := range list {
			if why := refusalOf(&c); why != "" {
				return why
			}
		}
	}
	return ""
}

func refusalOf(c *container) string {
	if strings.HasPrefix(c.Name, "podveil-") {
		return "the container " + c.Name
	}
	for _, p := range c.Ports {
		if p.HostPort != 0 {
			return "a host port of " + c.Name
		}
	}
	security := c.SecurityContext
	if security == nil {
		return ""
	}
	if security.Privileged != nil && *security.Privileged {
		return c.Name + " is privileged"
	}
	if security.Capabilities != nil {
		for _, capability := range security.Capabilities.Add {
			if capability == "NET_ADMIN" || capability == "SYS_ADMIN" || capability == "ALL" {
				return c.Name + " adds " + capability
			}
		}
	}
	return ""
}

// The workload that a pod belongs to: its ReplicaSet's name without the hash.
func workloadOf(p *pod) string {
	for _, owner := range p.Metadata.OwnerReferences {
		if owner.Controller && owner.Kind == "ReplicaSet" {
			return strings.TrimSuffix(owner.Name, "-"+p.Metadata.Labels["pod-template-hash"])
		}
		if owner.Controller {
			return owner.Name
		}
	}
	return p.Metadata.Name
}

func (s *server) operations(p *pod, namespace, workload string) []operation {
	add := func(path string, value interface{}) operation { return operation{"add", path, value} }
	made := []operation{
		add("/metadata/labels/podveil.io~1workload", workload),
		add("/metadata/labels/istio.io~1dataplane-mode", "ambient"),
	}
	if p.Metadata.Annotations == nil {
		made = append(made, add("/metadata/annotations", map[string]string{}))
	}
	made = append(made,
		add("/metadata/annotations/podveil.io~1injected", "v1.000000000000.0000000000000000"),
		add("/metadata/annotations/ambient.istio.io~1dns-capture", "false"))
	if p.Spec.InitContainers == nil {
		made = append(made, add("/spec/initContainers", []container{}))
	}
	made = append(made, add("/spec/initContainers/0", s.init),
		add("/spec/initContainers/1", s.sidecar))
	if p.Spec.Volumes == nil {
		made = append(made, add("/spec/volumes", []volume{}))
	}
	made = append(made,
		add("/spec/volumes/-", volume{Name: "podveil-config",
			EmptyDir: map[string]string{"sizeLimit": "1Mi"}}),
		add("/spec/volumes/-", volume{Name: "podveil-no-token",
			EmptyDir: map[string]string{"sizeLimit": "1Mi"}}))
	drop := &securityContext{Capabilities: &capabilities{Drop: []string{"NET_RAW"}}}
	for i, c := range p.Spec.InitContainers {
		if c.SecurityContext == nil {
			made = append(made, add(fmt.Sprintf("/spec/initContainers/%d/securityContext", i+2), drop))
		}
	}
	for i, c := range p.Spec.Containers {
		if c.SecurityContext == nil {
			made = append(made, add(fmt.Sprintf("/spec/containers/%d/securityContext", i), drop))
		}
	}
	return append(made, add("/spec/dnsPolicy", "None"), add("/spec/dnsConfig", map[string]interface{}{
		"nameservers": []string{"172.16.0.1"},
		"searches":    []string{namespace + ".svc.cluster.local", "svc.cluster.local", "cluster.local"},
		"options":     []map[string]string{{"name": "ndots", "value": "5"}},
	}))
}

func injected(name, flags, script, command, restart string) container {
	no, root := false, int64(0)
	return container{
		Name: "podveil-" + name, Image: "ghcr.io/angelnu/pod-gateway:v1.13.0",
		Command: []string{"/bin/bash", flags, script, "podveil", command},
		Env: []variable{{"gateway", "gluetun.vpn.svc.cluster.local"},
			{"PODVEIL_SETTINGS", "K8S_DNS_IPS=\"10.152.183.10\"\nNOT_ROUTED_TO_GATEWAY_CIDRS=" +
				"\"10.1.0.0/16 10.152.183.0/24 192.168.0.0/24 169.254.7.127/32\"\n" +
				"VXLAN_ID=\"42\"\nVXLAN_PORT=\"14789\"\nVXLAN_IP_NETWORK=\"172.16.0\"\n"},
			{"PODVEIL_CIDRS6", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128"}},
		Resources: &resources{Requests: map[string]string{"cpu": "10m", "memory": "16Mi"},
			Limits: map[string]string{"cpu": "500m", "memory": "64Mi"}},
		RestartPolicy: restart,
		SecurityContext: &securityContext{AllowPrivilegeEscalation: &no,
			Capabilities: &capabilities{Add: []string{"NET_ADMIN", "NET_RAW"}, Drop: []string{"ALL"}},
			RunAsGroup:   &root, RunAsNonRoot: &no, RunAsUser: &root,
			SeccompProfile: &seccomp{"RuntimeDefault"}},
		VolumeMounts: []mount{{"podveil-config", "/config"},
			{"podveil-no-token", "/var/run/secrets/kubernetes.io/serviceaccount"}},
	}
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8443", "where to serve HTTPS")
	cert := flag.String("cert", "", "certificate")
	key := flag.String("key", "", "its key")
	scripts := flag.String("scripts", "", "the directory of podveil's init.sh and sidecar.sh")
	flag.Parse()

	var texts [2]string
	for i, name := range []string{"init.sh", "sidecar.sh"} {
		text, err := os.ReadFile(filepath.Join(*scripts, name))
		if err != nil {
			log.Fatal(err)
		}
		texts[i] = string(text)
	}
	s := &server{
		init:    injected("init", "-ec", texts[0], "/bin/client_init.sh", ""),
		sidecar: injected("sidecar", "-c", texts[1], "/bin/client_sidecar.sh", "Always"),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/mutate", s.serve)
	log.Fatal((&http.Server{Addr: *listen, Handler: mux}).ListenAndServeTLS(*cert, *key))
}
