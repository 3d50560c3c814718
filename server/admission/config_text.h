/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A configuration that is no file: its text, and which one it is.
 *
 * Ownership: the text is its own, until config_text_done().
 */
#ifndef ADMISSION_CONFIG_TEXT_H
#define ADMISSION_CONFIG_TEXT_H

#include "lib/base/buf.h"

enum { CONFIG_TEXT_NAME = 640, CONFIG_TEXT_VERSION = 192, CONFIG_TEXT_MAX = 2 * 1024 * 1024 };

struct config_text {
    char name[CONFIG_TEXT_NAME];       /* for messages, as a file's */
    char version[CONFIG_TEXT_VERSION]; /* changes whenever the text does */
    struct buf text;
};

static inline void config_text_init(struct config_text *text)
{
    *text = (struct config_text){.name = ""};
    buf_init(&text->text, CONFIG_TEXT_MAX);
}

static inline void config_text_done(struct config_text *text)
{
    buf_done(&text->text);
}
DEFINE_AUTO_IN_PLACE(config_text, struct config_text, config_text_done);

#endif
