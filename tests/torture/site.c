/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/torture/site.h"

#include <fcntl.h>
#include <unistd.h>

void site_init(struct service *service, const struct server_options *options)
{
    service_init(service, options, open("/dev/null", O_WRONLY | O_CLOEXEC));
    service->https.tls = NULL;
}

void site_done(struct service *service)
{
    (void)close(service->log.fd);
    service_done(service);
}
