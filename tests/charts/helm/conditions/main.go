// SPDX-License-Identifier: Apache-2.0

// Command conditions decides, with the API server's own code, which entries of a webhook
// configuration a request is sent to, and what ValidatingAdmissionPolicies say of it.
//
// Standard input is {"configuration": {...}, "requests": [...]}, standard output one list for each
// request: {"name", "path"} of every entry that is called, or {"name", "error"} where a selector or
// an expression fails. With {"policies": [...]}, which are policies and their bindings, in place of
// a configuration a list has {"policy", "binding", "actions", "message", "reason"} of all that is
// said against the request, or {"policy", "binding", "error"}. Expressions are first compiled as
// Kubernetes 1.30 would compile new ones; one that does not compile ends the program.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	v1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/webhook"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/object"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/client-go/kubernetes/scheme"
)

type request struct {
	Kind            schema.GroupVersionKind     `json:"kind"`
	Resource        schema.GroupVersionResource `json:"resource"`
	Subresource     string                      `json:"subresource"`
	Operation       admission.Operation         `json:"operation"`
	Namespace       string                      `json:"namespace"`
	NamespaceLabels map[string]string           `json:"namespaceLabels"`
	User            string                      `json:"user"`
	Object          json.RawMessage             `json:"object"`
	OldObject       json.RawMessage             `json:"oldObject"`
}

type input struct {
	Configuration json.RawMessage   `json:"configuration"`
	Policies      []json.RawMessage `json:"policies"`
	Requests      []request         `json:"requests"`
}

type call struct {
	Name  string `json:"name"`
	Path  string `json:"path,omitempty"`
	Error string `json:"error,omitempty"`
}

var oldest = environment.MustBaseEnvSet(version.MajorMinor(1, 30))

// everything is the API's default for a selector that is not written.
func everything(selectors ...**metav1.LabelSelector) {
	for _, selector := range selectors {
		if *selector == nil {
			*selector = &metav1.LabelSelector{}
		}
	}
}

func accessors(configuration json.RawMessage) ([]webhook.WebhookAccessor, error) {
	object, _, err := scheme.Codecs.UniversalDeserializer().Decode(configuration, nil, nil)
	if err != nil {
		return nil, err
	}
	var found []webhook.WebhookAccessor
	switch registered := object.(type) {
	case *v1.MutatingWebhookConfiguration:
		for i := range registered.Webhooks {
			everything(&registered.Webhooks[i].NamespaceSelector, &registered.Webhooks[i].ObjectSelector)
			found = append(found, webhook.NewMutatingWebhookAccessor(fmt.Sprint(i), registered.Name, &registered.Webhooks[i]))
		}
	case *v1.ValidatingWebhookConfiguration:
		for i := range registered.Webhooks {
			everything(&registered.Webhooks[i].NamespaceSelector, &registered.Webhooks[i].ObjectSelector)
			found = append(found, webhook.NewValidatingWebhookAccessor(fmt.Sprint(i), registered.Name, &registered.Webhooks[i]))
		}
	default:
		return nil, fmt.Errorf("%T is no webhook configuration", object)
	}
	return found, nil
}

func compile(entries []webhook.WebhookAccessor) error {
	compiler := cel.NewCompiler(oldest)
	for _, entry := range entries {
		for _, condition := range entry.GetMatchConditions() {
			accessor := matchconditions.MatchCondition(condition)
			result := compiler.CompileCELExpression(&accessor,
				cel.OptionalVariableDeclarations{HasAuthorizer: true}, environment.NewExpressions)
			if result.Error != nil {
				return fmt.Errorf("%s: %s: %w", entry.GetName(), condition.Name, result.Error)
			}
		}
	}
	return nil
}

// decode reads an object into its Go type, as the API server has done before it asks a webhook.
func decode(raw json.RawMessage) (runtime.Object, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	typed, _, err := scheme.Codecs.UniversalDeserializer().Decode(raw, nil, nil)
	if err == nil {
		return typed, nil
	}
	free := &unstructured.Unstructured{}
	if free.UnmarshalJSON(raw) != nil {
		return nil, err
	}
	return free, nil
}

func attributes(asked request) (*admission.VersionedAttributes, error) {
	object, err := decode(asked.Object)
	if err != nil {
		return nil, err
	}
	old, err := decode(asked.OldObject)
	if err != nil {
		return nil, err
	}
	record := admission.NewAttributesRecord(object, old, asked.Kind, asked.Namespace, "", asked.Resource,
		asked.Subresource, asked.Operation, nil, false, &user.DefaultInfo{Name: asked.User})
	versioned := &admission.VersionedAttributes{Attributes: record, VersionedKind: asked.Kind}
	if object != nil {
		versioned.VersionedObject.Set(object)
	}
	if old != nil {
		versioned.VersionedOldObject.Set(old)
	}
	return versioned, nil
}

func selected(entry webhook.WebhookAccessor, asked request, attr admission.Attributes) (bool, error) {
	byNamespace, err := entry.GetParsedNamespaceSelector()
	if err != nil {
		return false, err
	}
	if !byNamespace.Matches(labels.Set(asked.NamespaceLabels)) {
		return false, nil
	}
	matcher := object.Matcher{}
	matches, status := matcher.MatchObjectSelector(entry, attr)
	if status != nil {
		return false, status
	}
	if !matches {
		return false, nil
	}
	for _, rule := range entry.GetRules() {
		if (&rules.Matcher{Rule: rule, Attr: attr}).Matches() {
			return true, nil
		}
	}
	return false, nil
}

func calls(entries []webhook.WebhookAccessor, asked request) ([]call, error) {
	attr, err := attributes(asked)
	if err != nil {
		return nil, err
	}
	made := []call{}
	for _, entry := range entries {
		ours, err := selected(entry, asked, attr)
		if err != nil {
			made = append(made, call{Name: entry.GetName(), Error: err.Error()})
			continue
		}
		if !ours {
			continue
		}
		result := entry.GetCompiledMatcher(cel.NewConditionCompiler(oldest)).Match(context.Background(), attr, nil, nil)
		switch {
		case result.Error != nil:
			made = append(made, call{Name: entry.GetName(), Error: result.Error.Error()})
		case result.Matches:
			made = append(made, call{Name: entry.GetName(), Path: *entry.GetClientConfig().Service.Path})
		}
	}
	return made, nil
}

func run() error {
	var asked input
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		return err
	}
	if asked.Policies != nil {
		answers, err := judge(asked)
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(answers)
	}
	entries, err := accessors(asked.Configuration)
	if err != nil {
		return err
	}
	if err := compile(entries); err != nil {
		return err
	}
	answers := [][]call{}
	for i, one := range asked.Requests {
		made, err := calls(entries, one)
		if err != nil {
			return fmt.Errorf("request %d: %w", i, err)
		}
		answers = append(answers, made)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "conditions:", err)
		os.Exit(1)
	}
}
