# SPDX-License-Identifier: Apache-2.0
# The image of tools/image, for who has a builder: docker build -t localhost/podveil:0.1.0 .
FROM debian:12 AS build
RUN apt-get update && apt-get install -y --no-install-recommends python3
WORKDIR /src
COPY . .
RUN tools/setup build && tools/image --root /image

FROM scratch
COPY --from=build /image/ /
USER 65532:65532
ENTRYPOINT ["/usr/bin/podveil"]
