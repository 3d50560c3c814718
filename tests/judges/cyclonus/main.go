// SPDX-License-Identifier: Apache-2.0

// Package main lets cyclonus, which decides NetworkPolicies for a living, say which traffic they let
// through: a line of JSON in and one out.
//
//	{"policies": [NetworkPolicy...], "namespace": "media",
//	 "sources": [{labels}...], "destinations": [{"ip", "namespace", "namespaceLabels", "labels"}...],
//	 "ports": [{"protocol", "number", "name"}...]}
//
// A destination without a namespace is an address outside of the cluster. The answer is a string
// with a digit for each source, destination and port, the last changing first: 1 is allowed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
)

const longestLine = 64 * 1024 * 1024

type destination struct {
	IP              string            `json:"ip"`
	Namespace       string            `json:"namespace"`
	NamespaceLabels map[string]string `json:"namespaceLabels"`
	Labels          map[string]string `json:"labels"`
}

type port struct {
	Protocol core.Protocol `json:"protocol"`
	Number   int           `json:"number"`
	Name     string        `json:"name"`
}

type question struct {
	Policies     []*networking.NetworkPolicy `json:"policies"`
	Namespace    string                      `json:"namespace"`
	Sources      []map[string]string         `json:"sources"`
	Destinations []destination               `json:"destinations"`
	Ports        []port                      `json:"ports"`
}

// As the API server has them: cyclonus takes policyTypes for given.
func withDefaults(policies []*networking.NetworkPolicy, namespace string) []*networking.NetworkPolicy {
	for _, policy := range policies {
		policy.Namespace = namespace
		if len(policy.Spec.PolicyTypes) == 0 {
			policy.Spec.PolicyTypes = []networking.PolicyType{networking.PolicyTypeIngress}
			if len(policy.Spec.Egress) > 0 {
				policy.Spec.PolicyTypes = append(policy.Spec.PolicyTypes, networking.PolicyTypeEgress)
			}
		}
	}
	return policies
}

func (d *destination) peer() *matcher.TrafficPeer {
	if d.Namespace == "" {
		return &matcher.TrafficPeer{IP: d.IP}
	}
	return &matcher.TrafficPeer{IP: d.IP, Internal: &matcher.InternalPeer{
		PodLabels: d.Labels, NamespaceLabels: d.NamespaceLabels, Namespace: d.Namespace}}
}

func answer(asked *question) string {
	policy := matcher.BuildNetworkPolicies(false, withDefaults(asked.Policies, asked.Namespace))
	digits := make([]byte, 0, len(asked.Sources)*len(asked.Destinations)*len(asked.Ports))
	for _, labels := range asked.Sources {
		source := &matcher.TrafficPeer{IP: "192.0.2.1", Internal: &matcher.InternalPeer{
			PodLabels: labels, Namespace: asked.Namespace}}
		for i := range asked.Destinations {
			to := asked.Destinations[i].peer()
			for _, by := range asked.Ports {
				// Only egress is asked for: what the destination lets in is its own affair.
				result := policy.IsIngressOrEgressAllowed(&matcher.Traffic{
					Source: source, Destination: to, ResolvedPort: by.Number,
					ResolvedPortName: by.Name, Protocol: by.Protocol}, false)
				digit := byte('0')
				if result.IsAllowed() {
					digit = '1'
				}
				digits = append(digits, digit)
			}
		}
	}
	return string(digits)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestLine)
	out := bufio.NewWriter(os.Stdout)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintf(os.Stderr, "judges_cyclonus: %v\n", err)
			os.Exit(1)
		}
		fmt.Fprintln(out, answer(&asked))
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintf(os.Stderr, "judges_cyclonus: %v\n", err)
		os.Exit(1)
	}
	out.Flush()
}
