/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies of other languages than NetworkPolicy that stood before a namespace had its first
 * privacy pod: each is judged, by each podveil and for each configuration, and what cannot be read
 * lets no pod in.
 */
#include "server/controller/live.h"
#include "server/controller/walk.h"
#include "tests/controller/stand_in.h"
#include "tests/controller/whole.h"
#include "tests/support/fixture.h"

#include <criterion/criterion.h>

static struct whole whole;

#define GROUP(name, versions) "{\"name\":\"" name "\",\"versions\":[" versions "]}"
#define VERSION(name) "{\"groupVersion\":\"x/" name "\",\"version\":\"" name "\"}"
#define CILIUM GROUP("cilium.io", VERSION("v2"))
#define CALICO GROUP("crd.projectcalico.org", VERSION("v1"))
#define CALICO_API GROUP("projectcalico.org", VERSION("v3"))
#define ADMIN GROUP("policy.networking.k8s.io", VERSION("v1alpha1") "," VERSION("v1alpha2"))

/* Everything out, for whom the subject takes. */
#define CILIUM_POLICY(place, subject)                                                              \
    "{\"metadata\":{\"name\":\"open\"" place "},\"spec\":{\"endpointSelector\":" subject           \
    ",\"egress\":[{\"toEntities\":[\"world\"]}]}}"
#define HERE ",\"namespace\":\"media\",\"uid\":\"u\""
#define CALICO_POLICY(subject)                                                                     \
    "{\"metadata\":{\"name\":\"open\"},\"spec\":{" subject                                         \
    ",\"types\":[\"Egress\"],\"egress\":[{\"action\":\"Allow\"}]}}"
#define ADMIN_POLICY(subject)                                                                      \
    "{\"metadata\":{\"name\":\"open\"},\"spec\":{\"priority\":1,\"subject\":" subject              \
    ",\"egress\":[{\"action\":\"Allow\",\"to\":[{\"networks\":[\"0.0.0.0/0\"]}]}]}}"
#define WITHOUT                                                                                    \
    "\"matchExpressions\":[{\"key\":\"podveil.io/gateway\",\"operator\":\"DoesNotExist\"}]"
#define REDIRECT(address)                                                                          \
    "{\"metadata\":{\"name\":\"open\",\"namespace\":\"shop\"},\"spec\":{\"redirectFrontend\":{"    \
    "\"addressMatcher\":{\"ip\":\"" address "\"}}}}"
#define SHOP_POLICY(selector)                                                                      \
    "{\"metadata\":{\"name\":\"open\",\"namespace\":\"shop\"},\"spec\":{\"selector\":\"" selector  \
    "\",\"egress\":[{\"action\":\"Allow\"}]}}"

static void serve_groups(const char *groups)
{
    AUTO(buf) struct buf text = {0};

    buf_init(&text, 4096);
    buf_printf(&text, "{\"metadata\":{\"name\":\"\"},\"groups\":[%s]}", groups);
    stand_in_put("/apis", buf_cstr(&text));
}

/* Another resourceVersion. */
static void touch_namespace(void)
{
    AUTO(buf) struct buf text = {0};

    cr_assert(stand_in_get("namespaces", "", "media", &text));
    stand_in_put("namespaces", buf_cstr(&text));
    stand_in_quiet(WHOLE_THREADS);
}

static void start(void)
{
    stand_in_put("namespaces", WHOLE_NAMESPACE);
    whole_start(&whole, &(struct controller_options){0});
}

static void stop(void)
{
    whole_stop(&whole);
}

TestSuite(walk, .init = start, .fini = stop, .timeout = 60);

/* What becomes of the floor; `reason` (REASON_NONE: any) and `word` of why it is not made. */
static void assert_denied(enum reason reason, const char *word)
{
    AUTO(policy_text) struct policy_text floor = {0};
    struct policy_made made;
    struct error err = {0};

    whole_floor(&whole, &floor);
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), -1, "%s", word);
    cr_assert(reason == REASON_NONE || made.reason == reason, "%s: %s", reason_name(made.reason),
              err.text);
    cr_assert_not_null(strstr(err.text, word), "%s", err.text);
    cr_assert_not(made.written);
    stand_in_quiet(WHOLE_THREADS);
    cr_assert_not(whole_stands(&whole, &floor));
}

static void assert_opened(void)
{
    AUTO(policy_text) struct policy_text floor = {0};

    whole_floor(&whole, &floor);
    whole_make_well(&whole, &floor);
}

/* ---- Each language ---- */

Test(walk, a_cilium_policy_that_stood_before_lets_no_pod_in)
{
    serve_groups(CILIUM);
    stand_in_put("ciliumnetworkpolicies.cilium.io", CILIUM_POLICY(HERE, "{}"));
    assert_denied(REASON_ADMIN_ALLOW, "CiliumNetworkPolicy open (cilium.io) of this namespace");
    stand_in_drop("ciliumnetworkpolicies.cilium.io", "media", "open");
    assert_opened();
}

Test(walk, one_of_another_namespace_is_not_looked_at)
{
    serve_groups(CILIUM);
    stand_in_put("ciliumnetworkpolicies.cilium.io",
                 CILIUM_POLICY(",\"namespace\":\"shop\",\"uid\":\"u\"", "{}"));
    assert_opened();
}

Test(walk, one_that_leaves_privacy_pods_out_is_in_nobodys_way)
{
    serve_groups(CILIUM);
    stand_in_put("ciliumnetworkpolicies.cilium.io", CILIUM_POLICY(HERE, "{" WITHOUT "}"));
    assert_opened();
}

#define ALL_CALICO(more) CALICO_POLICY("\"selector\":\"" more "\"")
#define GLOBAL "globalnetworkpolicies.crd.projectcalico.org"
#define CLUSTERWIDE "ciliumclusterwidenetworkpolicies.cilium.io"

/* Of the whole cluster, or of another namespace, by what it says of namespaces. */
static const struct {
    const char *groups;
    const char *plural;
    const char *namespace;
    const char *elsewhere;
    const char *here;
    const char *word;
} far[] = {
    {CILIUM, CLUSTERWIDE, "",
     CILIUM_POLICY("", "{\"matchLabels\":{\"k8s:io.kubernetes.pod.namespace\":\"shop\"}}"),
     CILIUM_POLICY("", "{\"matchLabels\":{\"k8s:io.kubernetes.pod.namespace\":\"media\"}}"),
     "CiliumClusterwideNetworkPolicy open (cilium.io) of the whole cluster"},
    {CILIUM, CLUSTERWIDE, "",
     CILIUM_POLICY("", "{\"matchExpressions\":[{\"key\":\"io.kubernetes.pod.namespace\","
                       "\"operator\":\"NotIn\",\"values\":[\"media\"]}]}"),
     CILIUM_POLICY("", "{\"matchLabels\":{\"io.cilium.k8s.namespace.labels.team\":\"a\"}}"),
     "CiliumClusterwideNetworkPolicy open"},
    {CALICO, GLOBAL, "", ALL_CALICO("projectcalico.org/namespace in {'shop', 'bank'}"),
     CALICO_POLICY("\"namespaceSelector\":\"projectcalico.org/name == 'shop'\""),
     "GlobalNetworkPolicy open (crd.projectcalico.org) of the whole cluster"},
    {ADMIN, "adminnetworkpolicies", "", ADMIN_POLICY("{\"pods\":{\"podSelector\":{" WITHOUT "}}}"),
     ADMIN_POLICY("{\"namespaces\":{}}"),
     "AdminNetworkPolicy open (policy.networking.k8s.io) of the whole cluster"},
    {CILIUM, "ciliumlocalredirectpolicies.cilium.io", "shop", REDIRECT("169.254.1.1"),
     REDIRECT("198.51.100.7"), "CiliumLocalRedirectPolicy open (cilium.io) of namespace shop"},
    {CALICO, "networkpolicies.crd.projectcalico.org", "shop", SHOP_POLICY("all()"),
     SHOP_POLICY("all()) || (all()"),
     "NetworkPolicy open (crd.projectcalico.org) of namespace shop"},
};

Test(walk, one_that_is_not_of_the_namespace_counts_where_its_pods_can_be)
{
    for (size_t i = 0; i < COUNT_OF(far); i++) {
        serve_groups(far[i].groups);
        stand_in_put(far[i].plural, far[i].here);
        assert_denied(REASON_NONE, far[i].word);
        stand_in_drop(far[i].plural, far[i].namespace, "open");
    }
    for (size_t i = 0; i < COUNT_OF(far); i++) {
        serve_groups(far[i].groups);
        stand_in_put(far[i].plural, far[i].elsewhere);
        stand_in_forget();
        assert_opened();
        cr_assert_eq(stand_in_asked(API_LIST, far[i].plural), 1, "%s", far[i].plural);
        stand_in_drop(far[i].plural, far[i].namespace, "open");
        touch_namespace(); /* all is judged anew */
    }
}

/* ---- Which kinds there are ---- */

Test(walk, a_kind_that_is_not_served_is_not_asked_for)
{
    stand_in_put("ciliumnetworkpolicies.cilium.io", CILIUM_POLICY(HERE, "{}"));
    stand_in_forget();
    assert_opened();
    cr_assert_eq(stand_in_asked(API_RAW, "/apis"), 1);
    cr_assert_eq(stand_in_asked(API_LIST, "ciliumnetworkpolicies.cilium.io"), 0);
}

/* ---- Versions and pages, by answers that are made here ---- */

struct steps {
    struct walk walk;
    struct walk_step step;
    size_t seen;
    struct slice last; /* the namespace of the last one */
};

static int count_one(void *arg, const struct review *found, struct error *err)
{
    struct steps *steps = arg;

    (void)err;
    steps->seen++;
    steps->last = found->namespace;
    return 0;
}

/* The next request is for that path, in pages of the usual size, and it has that answer. */
static int answer_step(struct steps *steps, const char *asked, const char *text, struct error *err)
{
    AUTO(api_answer) struct api_answer answer = {.code = text == NULL ? 404 : 200};
    AUTO(buf) struct buf path = {0};

    walk_ask(&steps->walk, &steps->step);
    buf_init(&path, 1024);
    if (steps->step.request.verb == API_RAW) {
        buf_text(&path, steps->step.request.raw_path);
    } else {
        buf_printf(&path, "%s/%s/%s %s", steps->step.resource.group, steps->step.resource.version,
                   steps->step.resource.plural, steps->step.request.continue_token);
    }
    cr_assert_str_eq(buf_cstr(&path), asked);
    cr_assert(steps->step.request.verb == API_RAW || steps->step.request.limit == WALK_PAGE);
    if (text != NULL) {
        fixture_parse(&answer.doc, text);
        answer.ok = true;
    }
    return walk_take(&steps->walk, &answer, count_one, steps, err);
}

#define PAGE(token, items) "{\"metadata\":{\"continue\":\"" token "\"},\"items\":[" items "]}"

Test(walk, a_version_without_the_kind_leads_to_the_next)
{
    struct steps steps = {0};
    struct error err = {0};
    const struct {
        const char *asked;
        const char *text; /* NULL: 404 */
    } script[] = {
        {"networking.k8s.io/v1/networkpolicies ", PAGE("", "")},
        {"/apis", "{\"groups\":[" ADMIN "]}"},
        {"policy.networking.k8s.io/v1alpha1/adminnetworkpolicies ", PAGE("next", "{}")},
        {"policy.networking.k8s.io/v1alpha1/adminnetworkpolicies next", NULL},
        {"policy.networking.k8s.io/v1alpha2/adminnetworkpolicies ", PAGE("more", "{},{}")},
        {"policy.networking.k8s.io/v1alpha2/adminnetworkpolicies more", PAGE("", "{}")},
        {"policy.networking.k8s.io/v1alpha1/clusternetworkpolicies ", NULL},
        {"policy.networking.k8s.io/v1alpha2/clusternetworkpolicies ", NULL},
    };

    walk_begin(&steps.walk, "media");
    for (size_t i = 0; i < COUNT_OF(script); i++) {
        cr_assert_not(walk_is_over(&steps.walk));
        cr_assert_eq(answer_step(&steps, script[i].asked, script[i].text, &err), 0, "%s", err.text);
    }
    cr_assert(walk_is_over(&steps.walk));
    cr_assert_eq(steps.seen, 4);
    cr_assert_eq(steps.last.len, 0, "they are the cluster's");
}

Test(walk, more_versions_than_can_be_kept_are_not_known)
{
    struct steps steps = {0};
    struct error err = {0};

    walk_begin(&steps.walk, "media");
    cr_assert_eq(answer_step(&steps, "networking.k8s.io/v1/networkpolicies ", PAGE("", ""), &err),
                 0);
    cr_assert_eq(
        answer_step(
            &steps, "/apis",
            "{\"groups\":[" GROUP(
                "cilium.io",
                VERSION("1") "," VERSION("2") "," VERSION("3") "," VERSION("4") "," VERSION(
                    "5") "," VERSION("6") "," VERSION("7") "," VERSION("8") "," VERSION("9")) "]}",
            &err),
        -1);
    cr_assert_not_null(strstr(err.text, "the versions of the API group cilium.io"), "%s", err.text);
}

Test(walk, one_of_all_namespaces_has_to_say_which)
{
    struct steps steps = {0};
    struct error err = {0};

    walk_begin(&steps.walk, "media");
    cr_assert_eq(answer_step(&steps, "networking.k8s.io/v1/networkpolicies ", PAGE("", "{}"), &err),
                 0);
    cr_assert(slice_is(steps.last, "media"));
    cr_assert_eq(answer_step(&steps, "/apis", "{\"groups\":[" CALICO "]}", &err), 0);
    cr_assert_eq(answer_step(&steps, "crd.projectcalico.org/v1/networkpolicies ",
                             PAGE("", "{\"metadata\":{\"namespace\":\"shop\"}}"), &err),
                 0);
    cr_assert(slice_is(steps.last, "shop"));
    walk_restart(&steps.walk);
    cr_assert_eq(answer_step(&steps, "networking.k8s.io/v1/networkpolicies ", PAGE("", ""), &err),
                 0);
    cr_assert_eq(answer_step(&steps, "/apis", "{\"groups\":[" CALICO "]}", &err), 0);
    cr_assert_eq(
        answer_step(&steps, "crd.projectcalico.org/v1/networkpolicies ", PAGE("", "{}"), &err), -1);
}

/* Both may be CRDs, and the second is the live one then. */
Test(walk, both_groups_of_calico_are_read)
{
    serve_groups(CALICO "," CALICO_API);
    stand_in_put("globalnetworkpolicies.projectcalico.org", ALL_CALICO("all()"));
    assert_denied(REASON_ADMIN_ALLOW, "GlobalNetworkPolicy open (projectcalico.org)");
}

Test(walk, calicos_own_api_server_may_be_away_where_its_crds_are_there)
{
    struct stand_in_fault fault = {.verb = API_LIST,
                                   .plural = "globalnetworkpolicies.projectcalico.org",
                                   .way = STAND_IN_REPLIES,
                                   .reply = {503, NULL, "{\"kind\":\"Status\",\"code\":503}"}};

    stand_in_act_by(stand_in_go_wrong, &fault);
    serve_groups(CALICO_API);
    assert_denied(REASON_NONE, "503");
    serve_groups(CALICO "," CALICO_API);
    assert_opened();
    cr_assert_eq(fault.met, 2);
}

/* ---- Large ones ---- */

Test(walk, a_page_that_is_too_large_is_asked_for_in_halves)
{
    const struct api_answer large = {.err = {.code = ERR_TOO_LARGE}};
    struct walk walk;
    struct walk_step step;
    struct error err = {0};

    walk_begin(&walk, "media");
    for (unsigned page = WALK_PAGE; page > 1; page /= 2) {
        walk_ask(&walk, &step);
        cr_assert_eq(step.request.limit, page);
        cr_assert_eq(walk_take(&walk, &large, NULL, NULL, &err), 0);
    }
    cr_assert_eq(walk_take(&walk, &large, NULL, NULL, &err), -1,
                 "one that is too large is a fault");
    walk_restart(&walk);
    walk_ask(&walk, &step);
    cr_assert_eq(step.request.limit, WALK_PAGE);
}

/* ---- What cannot be read ---- */

Test(walk, what_is_not_known_lets_nobody_in)
{
    static const struct {
        enum api_verb verb;
        const char *plural;
        long code;
        const char *reply;
        const char *word;
    } faults[] = {
        {API_RAW, "/apis", 200, "{}", "list of API groups is none"},
        {API_RAW, "/apis", 200, "{\"groups\":[{\"name\":\"cilium.io\",\"versions\":[{}]}]}",
         "the versions of the API group cilium.io"},
        {API_RAW, "/apis", 404, NULL, "404"},
        {API_RAW, "/apis", 403, NULL, "403"},
        {API_LIST, "ciliumnetworkpolicies.cilium.io", 403, NULL, "403"},
        {API_LIST, "ciliumclusterwidenetworkpolicies.cilium.io", 500, NULL, "500"},
        {API_LIST, "ciliumlocalredirectpolicies.cilium.io", 200, "{\"kind\":\"Status\"}",
         "list of policies is none"},
        {API_LIST, "networkpolicies", 404, NULL, "404"},
    };

    serve_groups(CILIUM);
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        struct stand_in_fault fault = {
            .verb = faults[i].verb, .plural = faults[i].plural, .way = STAND_IN_REPLIES};
        fault.reply = faults[i].reply != NULL
                          ? (struct stand_in_reply){faults[i].code, NULL, faults[i].reply}
                          : stand_in_status(faults[i].code);
        stand_in_act_by(stand_in_go_wrong, &fault);
        assert_denied(REASON_NONE, faults[i].word);
    }
    stand_in_act_by(NULL, NULL);
    assert_opened();
}

/* ---- How often ---- */

static size_t lists(void)
{
    return stand_in_asked(API_LIST, "ciliumnetworkpolicies.cilium.io");
}

Test(walk, each_podveil_looks_once_and_again_by_another_configuration)
{
    AUTO(policy_text) struct policy_text floor = {0};
    AUTO(policy_text) struct policy_text other = {0};
    AUTO(buf) struct buf yaml = {0};
    struct policy_made made;
    struct error err = {0};

    serve_groups(CILIUM);
    stand_in_forget();
    assert_opened();
    whole_floor(&whole, &floor);
    cr_assert_eq(whole_make(&whole, &floor, false, &made, &err), 0, "%s", err.text);
    cr_assert_eq(lists(), 1);
    fixture_read(&yaml, "fixtures/config/other.yaml");
    whole_configure(&whole, buf_cstr(&yaml));
    whole_floor(&whole, &other);
    cr_assert_not(whole_stands(&whole, &other));
    whole_make_well(&whole, &other);
    cr_assert_eq(lists(), 2);
}

/* As one that starts when the floor stands. */
Test(walk, a_floor_that_was_there_does_not_count_before_the_look)
{
    AUTO(policy_text) struct policy_text floor = {0};

    serve_groups(CILIUM);
    assert_opened();
    whole_floor(&whole, &floor);
    stand_in_put("ciliumnetworkpolicies.cilium.io", CILIUM_POLICY(HERE, "{}"));
    cr_assert(whole_stands(&whole, &floor), "a review let that one in");
    touch_namespace();
    assert_denied(REASON_ADMIN_ALLOW, "CiliumNetworkPolicy open");
}

Test(walk, a_trial_is_not_remembered)
{
    AUTO(policy_text) struct policy_text floor = {0};
    struct policy_made made;
    struct error err = {0};

    serve_groups(CILIUM);
    stand_in_forget();
    whole_floor(&whole, &floor);
    for (size_t i = 1; i <= 2; i++) {
        cr_assert_eq(whole_make(&whole, &floor, true, &made, &err), 0, "%s", err.text);
        cr_assert_eq(lists(), i);
    }
}

/* ---- Later ---- */

Test(walk, what_another_api_server_let_in_is_told_ten_seconds_later)
{
    serve_groups(CILIUM);
    assert_opened();
    stand_in_put("ciliumnetworkpolicies.cilium.io", CILIUM_POLICY(HERE, "{}"));
    stand_in_put("ciliumclusterwidenetworkpolicies.cilium.io", CILIUM_POLICY("", "{}"));
    stand_in_forget();
    stand_in_pass(LIVE_LATER_MS, WHOLE_THREADS);
    stand_in_quiet(WHOLE_THREADS);
    cr_assert_eq(whole.leaks, 2, "%s", whole.log);
    cr_assert_eq(whole_said(&whole, "the CiliumNetworkPolicy open"), 1, "%s", whole.log);
    cr_assert_eq(stand_in_asked(API_CREATE, "events"), 1, "one has a namespace to put it in");
    assert_denied(REASON_ADMIN_ALLOW, "CiliumNetworkPolicy open");
}

/* ---- Reports do not look ---- */

Test(walk, a_floor_is_there_before_anybody_looked)
{
    const struct policy_store store = controller_store(whole.controller);
    AUTO(policy_text) struct policy_text floor = {0};
    struct policy_mark mark = {.text = ""};

    assert_opened();
    whole_floor(&whole, &floor);
    touch_namespace();
    cr_assert_not(whole_stands(&whole, &floor));
    cr_assert(store.is_there(store.place, &floor, &mark));
    cr_assert_neq(mark.text[0], '\0');
}
