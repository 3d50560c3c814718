# SPDX-License-Identifier: Apache-2.0
"""podveil explain, in each of its forms."""

import re
import xml.etree.ElementTree as ElementTree

from command import TESTS, folder, golden, on

EXPLAINED = "fixtures/cli/explained.yaml"
LEAKS = "fixtures/cli/leaks.yaml"
SABNZBD = "fixtures/cli/sabnzbd.yaml"
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("1")</script>&amp;\'`#quot;]]>\\e[2J\\u202e%%\\n end'
POD = ("apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"%s\"\n  namespace: media\n"
       "  labels: {podveil.io/gateway: vpn}\nspec: {containers: [{name: a, image: a}]}\n")


def _rows(text):
    """{way: its cells} of the first table."""
    lines = text.split("    way  ")[1].split("\n\n")[0].splitlines()[1:]
    return {line[4:34].strip(): re.split(r"\s{2,}", line[34:].strip()) for line in lines}


def every_layer_is_told():
    golden("explain.txt", on("explain", "-f", EXPLAINED, code=1).out)


def what_the_configuration_opens_is_said():
    config = (TESTS / "fixtures/config/example.yaml").read_text(encoding="utf-8")
    config = config.replace("  mode: ambient\n", "  mode: none\n")
    config += ("  dns: cluster\n  reach: listed\n  listed: [{podSelector: {}}]\n"
               "  client: {lock: false}\nrawSockets: keep\nvalidation: {ExternalEndpoint: warn}\n")
    with folder({"podveil.yaml": config}) as path:
        text = on("explain", "-f", SABNZBD, config=f"{path}/podveil.yaml").out
        beside = on("explain", "-f", LEAKS, config=f"{path}/podveil.yaml", code=1).out
    golden("explain-open.txt", text)
    assert text.count("OPEN:") == 3, text
    assert _rows(text)["TCP and UDP past the tunnel"] == ["policy", "policy", "policy", "OPEN"]
    assert _rows(text)["ICMP past the tunnel"] == ["OPEN", "policy", "policy", "OPEN"]
    assert _rows(text)["raw frames past the lock"] == ["OPEN", "policy", "policy", "OPEN"]
    assert _rows(text)["a Service that leads outside"] == ["policy", "policy", "policy", "OPEN"]
    assert _rows(beside)["TCP and UDP past the tunnel"] == ["OPEN"] * 4, beside


def other_kinds_are_not_explained():
    for form in ("text", "mermaid", "svg"):
        result = on("explain", "-o", form,
                    stdin="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
                    err="nothing in the input makes pods")
        assert result.out == ""


def a_leak_is_told_with_its_witness():
    text = on("explain", "-f", LEAKS, code=1).out
    golden("explain-leak.txt", text)
    assert _rows(text)["TCP and UDP past the tunnel"] == ["lock"] * 4
    assert "NetworkPolicy updates opens 203.0.113.0 on TCP 443" in text
    for form in ("mermaid", "svg"):
        assert "203.0.113.0 on TCP 443" in on("explain", "-f", LEAKS, "-o", form, code=1).out


def _policy(version, kind, spec, place=""):
    return f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: open{place}}}\nspec: {spec}\n"


_HERE = ", namespace: media"
_CALICO = "crd.projectcalico.org/v1"
_TIERS = "policy.networking.k8s.io/v1alpha2"
_ALLOW = "egress: [{action: Allow, destination: {nets: [203.0.113.0/24]}}]"
_ADMIN = ("{priority: 1, tier: Admin, subject: %s, egress: [{name: a, action: Accept, "
          "to: [{networks: [203.0.113.0/24]}]}]}")
# A policy of another language for the pods of media, the same for others, and what is left of
# "policy + lock" under k3s, Calico, Cilium and flannel.
_OTHERS = [
    ("CiliumNetworkPolicy open (cilium.io)",
     _policy("cilium.io/v2", "CiliumNetworkPolicy",
             "{endpointSelector: {}, egress: [{toCIDR: [203.0.113.0/24]}]}", _HERE),
     _policy("cilium.io/v2", "CiliumNetworkPolicy",
             "{endpointSelector: {}, egress: [{toCIDR: [203.0.113.0/24]}]}", ", namespace: shop"),
     ["policy + lock", "policy + lock", "lock", "lock"]),
    ("GlobalNetworkPolicy open (crd.projectcalico.org)",
     _policy(_CALICO, "GlobalNetworkPolicy",
             "{namespaceSelector: \"projectcalico.org/name == 'shop'\", %s}" % _ALLOW),
     _policy(_CALICO, "GlobalNetworkPolicy",
             "{selector: \"projectcalico.org/namespace == 'shop'\", %s}" % _ALLOW),
     ["policy + lock", "lock", "policy + lock", "lock"]),
    ("NetworkPolicy open (crd.projectcalico.org)",
     _policy(_CALICO, "NetworkPolicy", "{%s}" % _ALLOW, _HERE),
     _policy(_CALICO, "NetworkPolicy", "{%s}" % _ALLOW, ", namespace: shop"),
     ["policy + lock", "lock", "policy + lock", "lock"]),
    ("ClusterNetworkPolicy open (policy.networking.k8s.io)",
     _policy(_TIERS, "ClusterNetworkPolicy", _ADMIN % "{namespaces: {}}"),
     _policy(_TIERS, "ClusterNetworkPolicy",
             _ADMIN % "{pods: {podSelector: {matchLabels: {podveil.io/gateway: other}}}}"),
     ["policy + lock", "lock", "lock", "lock"]),
]


def a_leak_of_another_language_is_told_under_its_cni():
    for words, here, elsewhere, left in _OTHERS:
        text = on("explain", stdin=POD % "a" + "---\n" + here, code=1).out
        assert f"LEAK  {words} opens 203.0.113.0 on every port (spec.egress[0]" in text, text
        assert _rows(text)["TCP and UDP past the tunnel"] == left, text
        for form in ("mermaid", "svg"):
            drawn = on("explain", "-o", form, stdin=POD % "a" + "---\n" + here, code=1).out
            assert words in drawn and "203.0.113.0 on every port" in drawn, drawn
        text = on("explain", stdin=POD % "a" + "---\n" + elsewhere).out
        assert "LEAK" not in text, text


def a_leak_of_another_language_is_its_gateways():
    """The pods of a gateway whose own peers it stays inside are not in its way."""
    policy = _policy("cilium.io/v2", "CiliumNetworkPolicy",
                     "{endpointSelector: {}, egress: [{toEndpoints: [{}]}]}", ", namespace: vault")
    pods = (POD % "a" + "---\n" + (POD % "b").replace("gateway: vpn", "gateway: strict"))
    text = on("explain", stdin=pods.replace("media", "vault") + "---\n" + policy,
              config=f"{TESTS}/fixtures/config/two-gateways.yaml", code=1).out
    first, second = text.split("Pod vault/b")
    assert "LEAK" not in first and "LEAK  CiliumNetworkPolicy open" in second, text
    # A server does not ask whose pod comes: it keeps out all of the namespace.
    said = on("validate", stdin=pods.replace("media", "vault") + "---\n" + policy,
              config=f"{TESTS}/fixtures/config/two-gateways.yaml", code=1).out
    assert said.count("the CiliumNetworkPolicy open (cilium.io) of this namespace is in the way") == 2, said


def every_policy_counts_whichever_comes_first():
    cilium, calico = _OTHERS[0][1], _OTHERS[1][1]
    everything = _policy("networking.k8s.io/v1", "NetworkPolicy",
                         "{podSelector: {}, policyTypes: [Egress], egress: [{}]}", _HERE)
    for policies, left in (((cilium, calico), ["policy + lock", "lock", "lock", "lock"]),
                           ((calico, cilium), ["policy + lock", "lock", "lock", "lock"]),
                           ((cilium, everything), ["lock"] * 4), ((everything, cilium), ["lock"] * 4)):
        text = on("explain", stdin="---\n".join([POD % "a", *policies]), code=1).out
        assert _rows(text)["TCP and UDP past the tunnel"] == left, text


def what_reaches_out_of_another_namespace_counts():
    redirect = _policy("cilium.io/v2", "CiliumLocalRedirectPolicy",
                       "{redirectFrontend: {addressMatcher: {ip: %s}}}", ", namespace: shop")
    calico = _policy(_CALICO, "NetworkPolicy", "{selector: 'all()%s', " + _ALLOW + "}", ", namespace: shop")
    shop = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n---\n"
    for kind, bad, good in (("CiliumLocalRedirectPolicy", redirect % "198.51.100.7", redirect % "169.254.1.1"),
                            ("NetworkPolicy", calico % ") || (all()", calico % "")):
        said = on("validate", stdin=POD % "a" + "---\n" + shop + bad, code=1).out
        assert f"the {kind} open (" in said and ") of namespace shop is in the way." in said, said
        assert said.count("DENIED") == 2, said
        on("validate", stdin=POD % "a" + "---\n" + shop + good)
    # What Calico cannot read either does nothing, there or here.
    on("validate", stdin=POD % "a" + "---\n" + shop + calico.replace("all()%s", "app = web"))


def ways_in_from_outside_are_told():
    assert _rows(on("explain", "-f", LEAKS, code=1).out)["in from outside"] == [
        "NodePort web (open)"]
    text = (TESTS / LEAKS).read_text(encoding="utf-8").replace("app: b", "app: a")
    assert _rows(on("explain", stdin=text, code=1).out)["in from outside"] == [
        "LoadBalancer of-others and 1 more (open)"]
    text = text.replace("selector: {app: a}", "selector: {}")  # selects nothing
    assert _rows(on("explain", stdin=text, code=1).out)["in from outside"] == [
        "nothing of the input leads in"]
    port = (POD % "a").replace("image: a", "image: a, ports: [{containerPort: 1, hostPort: 80}]")
    assert _rows(on("explain", stdin=port).out)["in from outside"] == ["hostPort 80 (open)"]
    assert _rows(on("explain", stdin=POD % "a").out)["in from outside"] == [
        "nothing of the input leads in"]


def a_flowchart_is_drawn():
    text = on("explain", "-f", LEAKS, "-o", "mermaid", code=1).out
    golden("explain.mmd", text)
    assert text.startswith("flowchart LR\n")
    assert text.count("  subgraph ") == text.count("\n  end\n") == 3
    edges = re.findall(r"(?<= )(?:==>|--x|---|-->|-\.->)(?= )", text)
    red = [int(number) for number in re.findall(r"linkStyle (\d+) stroke:#cf222e", text)]
    leak = next(line for line in text.splitlines() if ":::leak" in line and "==>" in line)
    first = len(re.findall(r"(?<= )(?:==>|--x|---|-->|-\.->)(?= )", text.split(leak)[0]))
    assert red == [first, first + 1, first + 2] and len(edges) > max(red)


def a_flowchart_that_nobody_draws_is_told():
    many = "---\n".join(POD % f"a-{number}" for number in range(40))
    on("explain", "-o", "mermaid", stdin=many, err="Mermaid draws at most 500 edges")
    assert on("explain", "-o", "mermaid", stdin=POD % "a").err == ""


def a_picture_is_drawn():
    golden("explain.svg", on("explain", "-f", LEAKS, "-o", "svg", code=1).out)


def _picture(**options):
    return ElementTree.fromstring(on("explain", "-o", "svg", **options).out)


def a_picture_stands_alone():
    for path in (EXPLAINED, LEAKS):
        text = on("explain", "-f", path, "-o", "svg", code=1).out
        root = ElementTree.fromstring(text)
        names = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert names <= {"svg", "title", "desc", "style", "g", "rect", "path", "text"}, names
        assert not re.search(r"https?:(?!//www\.w3\.org/2000/svg\")|url\(|@import|\bon\w+=", text)
        assert root.get("role") == "img" and root.get("aria-labelledby") == "title desc"
        assert root.find(f"{SVG}title").get("id") == "title"
        assert "prefers-color-scheme:dark" in text and "font-family:sans-serif" in text


def everything_is_inside_the_picture():
    root = _picture(stdin=(TESTS / LEAKS).read_text(encoding="utf-8") + "---\n" + POD % "b", code=1)
    width, height = int(root.get("width")), int(root.get("height"))
    assert root.get("viewBox") == f"0 0 {width} {height}"
    boxes = [[int(box.get(key)) for key in ("x", "y", "width", "height")]
             for box in root.iter(f"{SVG}rect")]
    for x, y, wide, high in boxes:
        assert x >= 0 and y >= 0 and x + wide <= width and y + high <= height, (x, y, wide, high)
    for text in root.iter(f"{SVG}text"):
        assert int(text.get("x")) < width and int(text.get("y")) < height
    _nothing_overlaps(boxes)


def _nothing_overlaps(boxes):
    """Of two boxes one is inside the other, or they do not touch."""
    for number, (x, y, wide, high) in enumerate(boxes):
        for left, top, across, down in boxes[number + 1:]:
            apart = (left >= x + wide or x >= left + across or top >= y + high or y >= top + down)
            inside = (left >= x and top >= y and left + across <= x + wide and
                      top + down <= y + high)
            around = (x >= left and y >= top and x + wide <= left + across and
                      y + high <= top + down)
            assert apart or inside or around, ((x, y, wide, high), (left, top, across, down))


def long_names_are_cut_and_told_whole():
    name = "a" * 60 + ".b"
    root = _picture(stdin=POD % name)
    cut = [text for text in root.iter(f"{SVG}text") if text.find(f"{SVG}title") is not None]
    assert [text.find(f"{SVG}title").text for text in cut] == [name]
    assert "".join(cut[0].itertext()).endswith("\u2026")


def strangers_text_is_text():
    """Names that a cluster would refuse, in a manifest that nobody has applied yet."""
    shown = '<script>alert("1")</script>&amp;\'`#quot;]]>\\u001b[2J\\u202e%%\\n end'
    job = ("apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: \"%s\"\n"
           "spec: {template: {spec: {containers: [{name: a, image: a}]}}}\n"
           % HOSTILE.replace('"', '\\"'))
    plain = on("explain", stdin=job).out
    assert shown in plain and "\x1b" not in plain and "\u202e" not in plain, plain
    picture = on("explain", "-o", "svg", stdin=job).out
    assert "<script" not in picture and "\x1b" not in picture and "\u202e" not in picture
    told = [text.find(f"{SVG}title").text for text in ElementTree.fromstring(picture)
            if text.find(f"{SVG}title") is not None]
    assert told == [shown], told
    chart = on("explain", "-o", "mermaid", stdin=job).out
    label = chart.split('w1["')[1].split('"]')[0]
    back = re.sub(r"#(\d+);", lambda match: chr(int(match.group(1))), label)
    assert back == shown and not re.search(r"[^\w .,:()/+#;-]", label), label


def many_objects_are_no_more_than_many():
    """10,000 objects that stand beside each other, by the limits of time that every case has."""
    policy = ("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: o%d, "
              "namespace: media}\nspec: {podSelector: {matchLabels: {podveil.io/workload: a-%d}}, "
              "policyTypes: [Egress], egress: [{}]}\n")
    service = ("apiVersion: v1\nkind: Service\nmetadata: {name: s%d, namespace: media}\n"
               "spec: {type: NodePort, selector: {app: b}}\n")
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: n%d}\n"
    items = [POD % f"a-{number}" for number in range(300)]
    items += [policy % (number, number) for number in range(300)]
    items += [service % number for number in range(900)]
    items += [namespace % number for number in range(8500)]
    text = "---\n".join(items)
    result = on("validate", stdin=text, code=1)
    assert result.err == "podveil: 9400 OK, 0 WARN, 600 DENIED\n", result.err
    picture = on("explain", "-o", "svg", stdin=text, code=1).out
    assert picture.count(">LEAK<") == 300
