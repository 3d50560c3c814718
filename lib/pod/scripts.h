/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two scripts that our containers run, as the files beside this one have
 * them: init.sh and sidecar.sh are put in here when podveil is built
 * (cmake/Embed.cmake), without comments.
 */
#ifndef POD_SCRIPTS_H
#define POD_SCRIPTS_H

extern const char script_init[];
extern const char script_sidecar[];

#endif
