"""Varied reviews for tools/bench, made from one that a real API server sent.

A parser that gets one document over and over learns it: branches and caches
make it up to 1.7 times as fast as it is. So each set holds many documents that
differ as those of a cluster do: names, uids, labels, annotations, images,
environment, mounts, probes, and the managedFields that follow from all of them.
Nothing is padding: a larger document is a pod with more containers and more
environment.

The same seed makes the same bytes.
"""
import json
import pathlib
import random

REVIEWS = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "reviews"
SEED = 20261124
COUNT = 64
WORKLOADS = 20
# What no set may stray from: its median, and how far the rest spread around it.
SMALL, LARGE = 8_700, 64_000
SPREAD = 0.35

APPS = """sabnzbd qbittorrent transmission deluge radarr sonarr lidarr prowlarr bazarr
readarr nzbget jackett flaresolverr aria2 slskd rtorrent pyload autobrr overseerr
jellyseerr""".split()
IMAGES = ["linuxserver/{}", "ghcr.io/hotio/{}", "lscr.io/linuxserver/{}", "docker.io/library/{}",
          "registry.example.org:5000/media/{}", "quay.io/selfhosted/{}"]
SIDECARS = "exporter backup notifier unpack watcher scheduler cache metrics indexer relay sync".split()
WORDS = """api auth cache config cookie data database debug depth dir download export feed fetch
filter http index input interval key language level library limit log max media min mode name
output password path peer pool port prefix proxy queue quota rate refresh region remote retry
route schedule script search secret seed server session size source state storage stream suffix
sync target task theme threads timeout token trace track unpack update upload url user verbose
watch web worker zone""".split()
VALUES = ["true", "false", "1000", "002", "Europe/Berlin", "America/New_York", "info", "debug",
          "http://prowlarr.media.svc.cluster.local:9696/api?mode=queue&output=json", "/data/media",
          "postgres://media@db.media.svc:5432/app?sslmode=require&pool=8", "0.0.0.0", "15m",
          'say "hello"', "a <b> & c", "Größe: mittel", "C:\\incoming\\new", "on-failure",
          "--max-old-space-size=512 --trace-warnings", "*.rar,*.zip,*.7z", "de_DE.UTF-8"]
ANNOTATIONS = ["prometheus.io/scrape", "prometheus.io/port", "checksum/config", "checksum/secret",
               "kubectl.kubernetes.io/restartedAt", "reloader.stakater.com/auto", "owner/team",
               "backup.velero.io/backup-volumes", "example.org/ticket", "example.org/description"]
LABELS = ["app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/part-of",
          "app.kubernetes.io/component", "app.kubernetes.io/managed-by", "helm.sh/chart", "tier",
          "environment", "team"]
# How the API server tells the items of these lists apart (metadata that is set by hand is left out).
KEYS = {"containers": ["name"], "initContainers": ["name"], "env": ["name"], "volumes": ["name"],
        "ports": ["containerPort", "protocol"], "volumeMounts": ["mountPath"],
        "ownerReferences": ["uid"]}
# Filled in by the API server itself, so that no manager owns them.
UNOWNED = {"serviceAccountName", "serviceAccount", "tolerations", "priority", "preemptionPolicy",
           "namespace"}
TERMINATION = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
               "imagePullPolicy": "IfNotPresent"}


def recorded(name):
    return json.loads((REVIEWS / f"{name}.json").read_text())


def encode(review):
    """As Go's encoder writes it, with the newline at its end."""
    text = json.dumps(review, separators=(",", ":"), ensure_ascii=False)
    for char in "&<>":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode() + b"\n"


def owned(value, key=""):
    """The fieldsV1 of a manager that set all of `value`."""
    if isinstance(value, dict):
        fields = {f"f:{name}": owned(below, name) for name, below in value.items()
                  if name not in UNOWNED}
        return dict(sorted(fields.items()))
    if isinstance(value, list) and key in KEYS:
        # What a pod cannot be without is not owned itself.
        fields = {} if key == "containers" else {".": {}}
        for item in value:
            which = {name: item[name] for name in KEYS[key]}
            leaf = {} if key == "ownerReferences" else {".": {}, **owned(item)}
            fields["k:" + json.dumps(which, separators=(",", ":"))] = leaf
        return dict(sorted(fields.items()))
    return {}


def with_dots(fields, inside=("f:annotations", "f:labels", "f:securityContext", "f:limits",
                              "f:requests", "f:livenessProbe", "f:readinessProbe", "f:httpGet",
                              "f:tcpSocket", "f:configMap", "f:persistentVolumeClaim", "f:nfs",
                              "f:secret", "f:resources")):
    """A struct that may be absent is owned itself as well."""
    made = {}
    for name, below in fields.items():
        below = with_dots(below, inside)
        made[name] = {".": {}, **below} if name in inside and below else below
    return made


class Maker:
    """One document. All chance is in `random`."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def hex(self, digits):
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def uid(self):
        return "-".join(self.hex(n) for n in (8, 4, 4, 4, 12))

    def pick(self, items):
        return self.random.choice(items)

    def value(self):
        return self.pick([lambda: self.pick(VALUES), lambda: self.hex(self.random.randint(8, 40)),
                          lambda: str(self.random.randint(0, 65535)),
                          lambda: "/".join(self.random.sample(WORDS, 3))])()

    def variable(self, taken):
        name = "_".join(self.random.sample(WORDS, self.random.randint(1, 4))).upper()
        if name in taken:
            return None
        taken.add(name)
        if self.random.random() < 0.15:
            source = self.pick(["secretKeyRef", "configMapKeyRef"])
            return {"name": name, "valueFrom": {source: {"name": f"{self.pick(APPS)}-settings",
                                                         "key": name.lower()}}}
        return {"name": name, "value": self.value()}

    def probe(self, port):
        how = {"tcpSocket": {"port": port}} if self.random.random() < 0.4 else {
            "httpGet": {"path": f"/{self.pick(WORDS)}?mode={self.pick(WORDS)}&output=json",
                        "port": port, "scheme": "HTTP"}}
        return {**how, "timeoutSeconds": self.random.randint(1, 10),
                "periodSeconds": self.random.randint(5, 60), "successThreshold": 1,
                "failureThreshold": self.random.randint(2, 9)}

    def container(self, name, volumes):
        port = self.random.randint(1024, 65535)
        used = self.random.sample(volumes, self.random.randint(1, len(volumes)))
        made = {"name": name,
                "image": f"{self.pick(IMAGES).format(name)}:{self.random.randint(0, 9)}."
                         f"{self.random.randint(0, 30)}.{self.random.randint(0, 9)}"}
        if self.random.random() < 0.3:
            made["args"] = [f"--{self.pick(WORDS)}={self.value()}" for _ in range(3)]
        made |= {
            "ports": [{"name": "http", "containerPort": port, "protocol": "TCP"}],
            "env": [{"name": "TZ", "value": "Europe/Berlin"}],
            "resources": {"limits": {"memory": f"{self.random.randint(1, 16)}Gi"},
                          "requests": {"cpu": f"{self.random.randint(1, 40) * 25}m",
                                       "memory": f"{self.random.randint(64, 900)}Mi"}},
            "volumeMounts": [{"name": volume, "mountPath": f"/{volume}"} for volume in used],
        }
        if self.random.random() < 0.7:
            made["livenessProbe"] = self.probe("http")
        if self.random.random() < 0.8:
            made["readinessProbe"] = self.probe("http")
        return made | TERMINATION

    def volume(self, name):
        return {"name": name, **self.pick([
            lambda: {"persistentVolumeClaim": {"claimName": f"{name}-{self.pick(APPS)}"}},
            lambda: {"configMap": {"name": f"{name}-{self.hex(6)}", "defaultMode": 420}},
            lambda: {"secret": {"secretName": f"{name}-{self.hex(6)}", "defaultMode": 420}},
            lambda: {"emptyDir": {}},
            lambda: {"nfs": {"server": "nas.home.arpa", "path": f"/export/{name}"}}])()}

    def metadata(self, app, private):
        suffix = self.hex(10)
        labels = {"app.kubernetes.io/name": app, "pod-template-hash": suffix}
        for key in self.random.sample(LABELS, self.random.randint(0, 4)):
            labels[key] = f"{self.pick(WORDS)}-{self.random.randint(1, 99)}"
        if private:
            labels["podveil.io/gateway"] = "vpn"
        names = self.random.sample(ANNOTATIONS, self.random.randint(1, 5))
        return {"generateName": f"{app}-{suffix}-", "namespace": "media",
                "labels": dict(sorted(labels.items())),
                "annotations": {key: self.value() for key in sorted(names)},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet",
                                     "name": f"{app}-{suffix}", "uid": self.uid(),
                                     "controller": True, "blockOwnerDeletion": True}]}

    def own(self, pod):
        """The one entry of managedFields that a new pod of a controller has."""
        fields = owned({"metadata": pod["metadata"], "spec": pod["spec"]})
        pod["metadata"]["managedFields"] = [{
            "manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1",
            "time": f"2026-11-24T{self.random.randint(10, 23)}:{self.random.randint(10, 59)}:"
                    f"{self.random.randint(10, 59)}Z",
            "fieldsType": "FieldsV1", "fieldsV1": with_dots(fields)}]

    def pod(self, review, app, private, containers, spare):
        """Puts a pod into the review: that many containers, and environment up to `spare` bytes."""
        pod = review["request"]["object"]
        spec = pod["spec"]
        names = ["config"] + self.random.sample(WORDS, self.random.randint(1, 3))
        pod["metadata"] = self.metadata(app, private)
        spec["volumes"] = [self.volume(name) for name in names]
        seed = spec["initContainers"][0]
        seed["image"] = f"busybox:1.{self.random.randint(30, 37)}"
        seed["command"] = ["/bin/sh", "-c",
                           f"test -e /config/{app}.ini || cp /defaults/{app}.ini /config/ && "
                           f"chown -R {self.random.randint(1000, 9999)} /config"]
        seed["volumeMounts"] = [{"name": "config", "mountPath": "/config"}]
        if self.random.random() < 0.5:
            del spec["initContainers"]
        spec["containers"] = [self.container(app if i == 0 else f"{SIDECARS[i - 1]}", names)
                              for i in range(containers)]
        taken = set()
        while spare > 0:
            variable = self.variable(taken)
            if variable is not None:
                self.pick(spec["containers"])["env"].append(variable)
                # Once as itself, once as what its manager owns.
                spare -= len(json.dumps(variable)) + len(json.dumps(owned([variable], "env")))
        self.own(pod)

    def ask(self, review):
        asked = review["request"]
        asked["uid"] = self.uid()
        user = asked["userInfo"]
        if "uid" in user:
            user["uid"] = self.uid()
        user["extra"]["authentication.kubernetes.io/credential-id"] = [f"JTI={self.uid()}"]


def private_pod(seed, number, size, private=True):
    """A review of `size` bytes, give or take one variable."""
    containers = max(1, min(len(SIDECARS), size // 7000))
    app = APPS[number % WORKLOADS]
    spare = 0
    for _ in range(4):
        maker = Maker(f"{seed} {number} {size}")
        review = recorded("mutate-pod-create-deployment")
        maker.ask(review)
        maker.pod(review, app, private, containers, spare)
        spare += size - len(encode(review))
    return review


def sizes(seed, median):
    """COUNT sizes around the median, half of them above it."""
    maker = random.Random(f"{seed} sizes {median}")
    steps = [(i + 0.5) / COUNT * 2 - 1 for i in range(COUNT)]
    made = [int(median * (1 + SPREAD * step)) for step in steps]
    maker.shuffle(made)
    return made


def pods(seed, median, private=True):
    return [private_pod(seed, i, size, private) for i, size in enumerate(sizes(seed, median))]


def updates(seed):
    """A pod of SMALL bytes to which somebody adds an annotation."""
    made = []
    for i, size in enumerate(sizes(seed, SMALL)):
        review = private_pod(seed, i, size)
        maker = Maker(f"{seed} update {i}")
        asked = review["request"]
        old = asked["object"]
        name = old["metadata"]["generateName"] + maker.hex(5)
        old["metadata"] = {"name": name, **old["metadata"], "uid": maker.uid(),
                           "resourceVersion": str(maker.random.randint(1000, 9999999)),
                           "creationTimestamp": "2026-11-24T16:44:11Z"}
        new = json.loads(json.dumps(old))
        new["metadata"]["annotations"]["example.org/seen"] = maker.value()
        asked |= {"name": name, "operation": "UPDATE", "object": new, "oldObject": old,
                  "options": {"kind": "UpdateOptions", "apiVersion": "meta.k8s.io/v1",
                              "fieldManager": "kubectl-annotate"}}
        made.append(review)
    return made


def policies(seed):
    """NetworkPolicies of a user: some leak and are denied."""
    made = []
    for i in range(COUNT):
        maker = Maker(f"{seed} policy {i}")
        review = recorded("validate-networkpolicy-create")
        maker.ask(review)
        policy = review["request"]["object"]
        name = f"allow-{maker.pick(WORDS)}-{i}"
        peers = [{"ipBlock": {"cidr": f"{maker.pick(['192.168.0', '203.0.113', '10.1.7'])}."
                                      f"{16 * maker.random.randint(0, 15)}/28"}}
                 for _ in range(maker.random.randint(1, 6))]
        if i % 4 == 0:
            peers.append({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["192.168.0.0/16"]}})
        peers.append({"podSelector": {"matchLabels": {"app.kubernetes.io/name": maker.pick(APPS)}}})
        ports = [{"protocol": "TCP", "port": maker.random.randint(1, 65535)} for _ in range(3)]
        policy["spec"] = {
            "podSelector": {"matchLabels": {"app.kubernetes.io/name": maker.pick(APPS)}}
            if i % 2 else {}, "egress": [{"ports": ports, "to": peers}], "policyTypes": ["Egress"]}
        policy["metadata"] |= {"name": name, "uid": maker.uid()}
        applied = {"apiVersion": policy["apiVersion"], "kind": policy["kind"],
                   "metadata": {"annotations": {}, "name": name, "namespace": "media"},
                   "spec": policy["spec"]}
        policy["metadata"]["annotations"] = {
            "kubectl.kubernetes.io/last-applied-configuration":
                json.dumps(applied, separators=(",", ":")) + "\n"}
        review["request"]["name"] = name
        made.append(review)
    return made


def large_policies(seed):
    """50,000 blocks that privacy pods may reach, a rule each or a peer each."""
    made = []
    maker = Maker(f"{seed} large policy")
    blocks = [{"ipBlock": {"cidr": f"10.1.{i // 256}.{i % 256}/32"}} for i in range(50_000)]
    for egress in ([{"to": [block]} for block in blocks], [{"to": blocks}]):
        review = recorded("validate-networkpolicy-create")
        maker.ask(review)
        policy = review["request"]["object"]
        policy["spec"] = {"podSelector": {}, "egress": egress, "policyTypes": ["Egress"]}
        policy["metadata"] |= {"name": "large", "uid": maker.uid(), "annotations": {}}
        review["request"]["name"] = "large"
        made.append(review)
    return made


SETS = {
    "pods-8k": lambda seed: pods(seed, SMALL),
    "pods-64k": lambda seed: pods(seed, LARGE),
    "unlabelled-8k": lambda seed: pods(seed, SMALL, private=False),
    "updates-8k": updates,
    "policies": policies,
    "large-policies": large_policies,
}


def write(name, folder, seed=SEED):
    """A set as files, one a document."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, review in enumerate(SETS[name](seed)):
        (folder / f"{i:02d}.json").write_bytes(encode(review))
