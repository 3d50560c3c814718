"""What stands at the pod's level and holds for podveil's containers too: they keep their own."""
from hostile.case import Case, Raw, denied, protected
from hostile.pods import pod_body

CONTEXT = "spec.securityContext"
APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/podveil-init"

# Field of the pod's securityContext: values. Ours are written out in full, so the pod is as before.
KEPT = {
    "runAsNonRoot": [True, False, None],
    "runAsUser": [0, 1000, -1, 4294967295, None],
    "runAsGroup": [0, 1000],
    "fsGroup": [0, 2000],
    "fsGroupChangePolicy": ["Always", "OnRootMismatch"],
    "seccompProfile": [{"type": "RuntimeDefault"}, {"type": "Unconfined"}, None,
                       {"type": "Localhost", "localhostProfile": "block-everything.json"}],
    "seLinuxOptions": [{"level": "s0:c1,c2"}, {"type": "container_t"}, {"user": "u", "role": "r"}],
    "seLinuxChangePolicy": ["MountOption", "Recursive"],
    "appArmorProfile": [{"type": "RuntimeDefault"}, {"type": "Unconfined"}, None],
    "supplementalGroups": [[], [1, 2, 3], list(range(1000)), None],
    "supplementalGroupsPolicy": ["Strict", "Merge"],
    "windowsOptions": [{"gmsaCredentialSpecName": "a"}, {"hostProcess": False},
                       {"runAsUserName": "ContainerAdministrator"}],
    "sysctls": [[], None, [{"name": "kernel.shm_rmid_forced", "value": "1"}],
                [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}],
                [{"name": "net/ipv4/tcp_syncookies", "value": "1"}]],
}

SYSCTLS = ["net.ipv4.ip_forward", "net/ipv4/ip_forward", "net.ipv4.conf.all.rp_filter",
           "net/ipv4/conf/eth0.1/rp_filter", "net.ipv6.conf.all.disable_ipv6", "net.core.somaxconn",
           "net.ipv4.ip_local_port_range ", "net.", "net.ipv4.tcp_rmem" + "x" * 10000]

OF_THE_POD = {
    "automountServiceAccountToken": True, "enableServiceLinks": True, "hostUsers": False,
    "runtimeClassName": "gvisor", "nodeName": "node-1", "schedulerName": "other",
    "restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "activeDeadlineSeconds": 1,
    "setHostnameAsFQDN": True, "hostname": "podveil-init", "subdomain": "a", "overhead": {"cpu": "1"},
    "hostAliases": [{"ip": "10.1.2.3", "hostnames": ["gluetun.vpn.svc.cluster.local"]}],
    "imagePullSecrets": [{"name": "a"}], "readinessGates": [{"conditionType": "a"}],
    "tolerations": [{"operator": "Exists"}], "affinity": {}, "priorityClassName": "x",
    "hostNetwork": False, "hostPID": False, "hostIPC": False, "shareProcessNamespace": False,
}

REFUSED = {
    "hostNetwork": "HostNetwork", "hostPID": "HostNamespace", "hostIPC": "HostNamespace",
    "shareProcessNamespace": "SharedProcesses",
}

# spec.resources.requests.cpu and .memory, and what they are with the sidecar's 10m and 16Mi
SUMS = [("1", "1010m"), ("0", "10m"), ("1m", "11m"), ("0.5", "510m"), ("1e3", "1000010m"),
        ("100u", "10100u"), ("+1", "1010m"), ("1k", "1000010m"), ("00001", "1010m")]

NO_QUANTITY = ["", "a", "-1", "1.2.3", "1 ", " 1", "1M i", "1mm", "0x10", "1e", "1e400", "1E99999999",
               "NaN", "inf", "9" * 100, "1" + "0" * 10000, "$(id)", "１", "1\n", "9223372036854775807",
               "1n1"]


def sums(value):
    return {"requests": {"cpu": value}, "limits": {"memory": "64Mi"}}


def context_cases():
    for field, values in KEPT.items():
        for value in values:
            yield Case(f"inherited: {field} is {str(value)[:40]}", protected(),
                       pod_body({f"{CONTEXT}.{field}": value}))
    for text in ('"0"', "1.0", "1e400", "[]", "true"):
        yield Case(f"inherited: runAsUser is {text}", protected(),
                   pod_body({CONTEXT + ".runAsUser": Raw(text)}))
    everything = {f"{CONTEXT}.{field}": values[0] for field, values in KEPT.items()}
    yield Case("inherited: all of it at once", protected(), pod_body(everything))
    yield Case("inherited: an AppArmor profile of the node", denied("AppArmor"),
               pod_body({CONTEXT + ".appArmorProfile": {"type": "Localhost",
                                                        "localhostProfile": "x"}}))
    for profile in ("localhost/x", "unconfined", "", "runtime/default "):
        yield Case(f"inherited: the annotation of an AppArmor profile, {profile!r}",
                   denied("AppArmor"), pod_body({f"metadata.annotations[{APP_ARMOR}]": profile}))
    yield Case("inherited: a host process", denied("Windows"),
               pod_body({CONTEXT + ".windowsOptions.hostProcess": True}))
    for name in SYSCTLS:
        yield Case(f"inherited: sysctl {name[:32]}", denied("Sysctl"),
                   pod_body({CONTEXT + ".sysctls": [{"name": name, "value": "1"}]}))


def pod_cases():
    for field, value in OF_THE_POD.items():
        yield Case(f"inherited: {field} of the pod", protected(), pod_body({f"spec.{field}": value}))
    for field, reason in REFUSED.items():
        yield Case(f"inherited: {field}: true", denied(reason), pod_body({f"spec.{field}": True}))
    for name, field in {"os": "spec.os.name", "node": "spec.nodeSelector[kubernetes.io/os]"}.items():
        yield Case(f"inherited: Windows by its {name}", denied("Windows"),
                   pod_body({field: "windows"}))
    yield Case("inherited: a static pod's mirror", denied("StaticPod"),
               pod_body({"metadata.annotations[kubernetes.io/config.mirror]": "a"}))


def resource_cases():
    for value, raised in SUMS:
        resources = {"requests": {"cpu": raised}, "limits": {"memory": "128Mi"}}
        yield Case(f"inherited: {value} of CPU for the pod", protected(resources=resources),
                   pod_body({"spec.resources": sums(value)}))
    yield Case("inherited: a number of CPU for the pod",
               protected(resources={"requests": {"cpu": "2010m"}, "limits": {"memory": "128Mi"}}),
               pod_body({"spec.resources": sums(2)}))
    for value in NO_QUANTITY:
        yield Case(f"inherited: {value[:20]!a} of CPU for the pod", denied("Malformed"),
                   pod_body({"spec.resources": sums(value)}))
    for value in (None, True, [], {}):
        want = denied("Malformed")
        yield Case(f"inherited: {value} of CPU for the pod", want,
                   pod_body({"spec.resources": sums(value)}))
    for text in ("1e400", "-1", "-0", "1.0e99"):
        yield Case(f"inherited: the number {text} of CPU for the pod", denied("Malformed"),
                   pod_body({"spec.resources": sums(Raw(text))}))
    other = {"requests": {"$(id)": "x", "hugepages-2Mi": "y"}, "limits": None, "claims": [1]}
    yield Case("inherited: resources that podveil does not raise", protected(),
               pod_body({"spec.resources": other}))
    for name in ("example.com/sriov", "rdma/hca", "roce.example.com/x", "EXAMPLE.COM/SRIOV",
                 "example.com/hostdev"):
        for at in ("spec", "spec.containers[0]"):
            yield Case(f"inherited: {at} asks for {name}", denied("ExtraNetwork"),
                       pod_body({f"{at}.resources.limits": {name: "1"}}))


def cases():
    yield from context_cases()
    yield from pod_cases()
    yield from resource_cases()
