// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"

	v1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/cel"
	"k8s.io/apiserver/pkg/admission/plugin/policy/generic"
	"k8s.io/apiserver/pkg/admission/plugin/policy/matching"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/matchconditions"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/client-go/kubernetes/scheme"
	listers "k8s.io/client-go/listers/core/v1"
)

// A policy with its bindings, compiled.
type policy struct {
	definition *v1.ValidatingAdmissionPolicy
	bindings   []*v1.ValidatingAdmissionPolicyBinding
	evaluator  validating.Validator
}

type verdict struct {
	Policy  string                `json:"policy"`
	Binding string                `json:"binding"`
	Actions []v1.ValidationAction `json:"actions,omitempty"`
	Message string                `json:"message,omitempty"`
	Reason  metav1.StatusReason   `json:"reason,omitempty"`
	Error   string                `json:"error,omitempty"`
}

// one is a cluster with one namespace, that of the request.
type one struct{ namespace *corev1.Namespace }

var _ listers.NamespaceLister = one{}

func (o one) List(labels.Selector) ([]*corev1.Namespace, error) {
	return []*corev1.Namespace{o.namespace}, nil
}

func (o one) Get(string) (*corev1.Namespace, error) { return o.namespace, nil }

// defaults are the API's for what is not written.
func defaults(resources *v1.MatchResources) {
	everything(&resources.NamespaceSelector, &resources.ObjectSelector)
	if resources.MatchPolicy == nil {
		equivalent := v1.Equivalent
		resources.MatchPolicy = &equivalent
	}
}

func readPolicies(objects []json.RawMessage) ([]*policy, error) {
	found := []*policy{}
	byName := map[string]*policy{}
	var bindings []*v1.ValidatingAdmissionPolicyBinding
	for _, raw := range objects {
		object, _, err := scheme.Codecs.UniversalDeserializer().Decode(raw, nil, nil)
		if err != nil {
			return nil, err
		}
		switch read := object.(type) {
		case *v1.ValidatingAdmissionPolicy:
			defaults(read.Spec.MatchConstraints)
			byName[read.Name] = &policy{definition: read}
			found = append(found, byName[read.Name])
		case *v1.ValidatingAdmissionPolicyBinding:
			if read.Spec.MatchResources != nil {
				defaults(read.Spec.MatchResources)
			}
			bindings = append(bindings, read)
		default:
			return nil, fmt.Errorf("%T is neither a policy nor a binding", object)
		}
	}
	for _, binding := range bindings {
		bound := byName[binding.Spec.PolicyName]
		if bound == nil {
			return nil, fmt.Errorf("%s is a binding of no policy", binding.Name)
		}
		bound.bindings = append(bound.bindings, binding)
	}
	for _, one := range found {
		if err := one.compile(); err != nil {
			return nil, fmt.Errorf("%s: %w", one.definition.Name, err)
		}
	}
	return found, nil
}

// compile does what the API server does with a policy, and ends where that keeps an error for later.
func (p *policy) compile() error {
	compiler, err := cel.NewCompositedCompiler(oldest)
	if err != nil {
		return err
	}
	variables := cel.OptionalVariableDeclarations{HasAuthorizer: true}
	spec := p.definition.Spec
	for _, variable := range spec.Variables {
		named := validating.Variable{Name: variable.Name, Expression: variable.Expression}
		if result := compiler.CompileAndStoreVariable(&named, variables, environment.NewExpressions); result.Error != nil {
			return fmt.Errorf("variable %s: %w", variable.Name, result.Error)
		}
	}
	var conditions, validations, messages []cel.ExpressionAccessor
	for _, condition := range spec.MatchConditions {
		accessor := matchconditions.MatchCondition(condition)
		conditions = append(conditions, &accessor)
	}
	for _, one := range spec.Validations {
		validations = append(validations,
			&validating.ValidationCondition{Expression: one.Expression, Message: one.Message, Reason: one.Reason})
		messages = append(messages, nil)
	}
	for _, expression := range append(append([]cel.ExpressionAccessor{}, conditions...), validations...) {
		if result := compiler.CompileCELExpression(expression, variables, environment.NewExpressions); result.Error != nil {
			return fmt.Errorf("%s: %w", expression.GetExpression(), result.Error)
		}
	}
	condition := func(expressions []cel.ExpressionAccessor) cel.ConditionEvaluator {
		return compiler.CompileCondition(expressions, variables, environment.NewExpressions)
	}
	matcher := matchconditions.NewMatcher(condition(conditions), spec.FailurePolicy, "policy", "validate", p.definition.Name)
	p.evaluator = validating.NewValidator(condition(validations), matcher, condition(nil), condition(messages),
		spec.FailurePolicy, nil)
	return nil
}

func (p *policy) judge(asked request, attr *admission.VersionedAttributes) []verdict {
	lister := one{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: asked.Namespace, Labels: asked.NamespaceLabels}}}
	matcher := generic.NewPolicyMatcher(matching.NewMatcher(lister, nil))
	interfaces := admission.NewObjectInterfacesFromScheme(scheme.Scheme)
	matches, resource, _, err := matcher.DefinitionMatches(attr, interfaces,
		validating.NewValidatingAdmissionPolicyAccessor(p.definition))
	if err != nil {
		return []verdict{{Policy: p.definition.Name, Error: err.Error()}}
	}
	if !matches {
		return nil
	}
	said := []verdict{}
	for _, binding := range p.bindings {
		bound, err := matcher.BindingMatches(attr, interfaces, validating.NewValidatingAdmissionPolicyBindingAccessor(binding))
		if err != nil {
			said = append(said, verdict{Policy: p.definition.Name, Binding: binding.Name, Error: err.Error()})
		}
		if err != nil || !bound {
			continue
		}
		result := p.evaluator.Validate(context.Background(), resource, attr, nil, nil, celconfig.RuntimeCELCostBudget, nil)
		for _, decision := range result.Decisions {
			one := verdict{Policy: p.definition.Name, Binding: binding.Name}
			switch decision.Evaluation {
			case validating.EvalError:
				one.Error = decision.Message
			case validating.EvalDeny:
				one.Actions, one.Message, one.Reason = binding.Spec.ValidationActions, decision.Message, decision.Reason
			default:
				continue
			}
			said = append(said, one)
		}
	}
	return said
}

func judge(asked input) ([][]verdict, error) {
	policies, err := readPolicies(asked.Policies)
	if err != nil {
		return nil, err
	}
	answers := [][]verdict{}
	for i, one := range asked.Requests {
		attr, err := attributes(one)
		if err != nil {
			return nil, fmt.Errorf("request %d: %w", i, err)
		}
		said := []verdict{}
		for _, policy := range policies {
			said = append(said, policy.judge(one, attr)...)
		}
		answers = append(answers, said)
	}
	return answers, nil
}
