/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pod/template.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

static const struct {
    const char *object;
    const char *prefix; /* NULL: makes no pods */
    bool found;         /* is there a template in it */
} cases[] = {
    {"{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}", "", true},
    {"{\"apiVersion\":\"v1\",\"kind\":\"PodTemplate\",\"template\":{}}", "/template", true},
    {"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"spec\":{\"template\":{}}}",
     "/spec/template", true},
    {"{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"spec\":[]}", "/spec/template", false},
    {"{\"apiVersion\":\"batch/v1\",\"kind\":\"CronJob\",\"spec\":{\"jobTemplate\":{\"spec\":{"
     "\"template\":{}}}}}",
     "/spec/jobTemplate/spec/template", true},
    {"{\"apiVersion\":\"v1\",\"kind\":\"Service\"}", NULL, false},
    {"{\"apiVersion\":\"apps/v1\",\"kind\":\"Pod\"}", NULL, false},
    {"{\"kind\":5}", NULL, false},
};

Test(pod_template, is_where_its_kind_has_it)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(json) struct json doc = {0};
        fixture_parse(&doc, cases[i].object);
        const char *prefix = template_prefix_of(value_root(&doc));
        if (cases[i].prefix == NULL) {
            cr_assert_null(prefix, "%s", cases[i].object);
            continue;
        }
        cr_assert_str_eq(prefix, cases[i].prefix, "%s", cases[i].object);
        cr_assert_eq(value_exists(value_at(value_root(&doc), prefix)), cases[i].found, "%s",
                     cases[i].object);
    }
}
