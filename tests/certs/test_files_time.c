/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs that are right but for the clock.
 */
#include "tests/certs/followed.h"

TestSuite(files_time, .init = enter, .fini = leave);

Test(files_time, that_expire_are_served_on_and_told_once)
{
    AUTO(texts) struct texts texts = texts_of((struct made_as){.to = NOW + HOUR});
    AUTO(server) struct server server = {0};

    put_pair(&texts);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    assert_turns(&server, NOW + HOUR, ".");
    assert_turns(&server, NOW + HOUR + 1, "e...");
    assert_says(&server, "/tls.crt: the certificate that is served expired at "
                         "2025-11-24T17:00:00Z");
    assert_turns(&server, NOW, "..");
    assert_turns(&server, NOW + 2 * HOUR, "e.");
}

Test(files_time, that_are_not_valid_yet_are_served_where_there_is_nothing_else)
{
    AUTO(texts) struct texts texts = texts_of((struct made_as){.from = NOW + HOUR});
    AUTO(server) struct server server = {0};

    put_pair(&texts);
    server_init(&server);
    assert_turns(&server, NOW, "n...");

    cr_assert_str_eq(server.pair->warning,
                     "the certificate is not valid before 2025-11-24T17:00:00Z");
}

Test(files_time, that_expired_are_served_where_there_is_nothing_else)
{
    AUTO(texts)
    struct texts texts = texts_of((struct made_as){.key = "RSA", .bits = 2048, .to = NOW - HOUR});
    AUTO(server) struct server server = {0};

    put_pair(&texts);
    server_init(&server);
    assert_turns(&server, NOW, "n...");

    cr_assert_str_eq(server.pair->warning, "RSA handshakes cost 5 times an ECDSA P-256 one; "
                                           "the certificate expired at 2025-11-24T15:00:00Z");
}

Test(files_time, of_the_future_are_served_when_their_time_comes)
{
    AUTO(texts) struct texts now = texts_of((struct made_as){0});
    AUTO(texts) struct texts early = texts_of((struct made_as){.from = NOW + HOUR});
    AUTO(server) struct server server = {0};

    put_pair(&now);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    put_pair(&early);
    assert_turns(&server, NOW, ".e..");
    assert_turns(&server, NOW + HOUR - 1, "..");
    assert_turns(&server, NOW + HOUR, "n..");

    cr_assert_str_eq(server.pair->key, early.key);
    cr_assert_str_eq(server.pair->warning, "");
}

Test(files_time, outside_of_their_time_are_served_once_the_old_ones_are_no_better)
{
    AUTO(texts) struct texts now = texts_of((struct made_as){.to = NOW + HOUR});
    AUTO(texts) struct texts early = texts_of((struct made_as){.from = NOW + DAY});
    AUTO(server) struct server server = {0};

    put_pair(&now);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    put_pair(&early);
    assert_turns(&server, NOW, ".e..");
    assert_turns(&server, NOW + HOUR + 1, "n..");

    cr_assert_str_eq(server.pair->key, early.key);
    cr_assert_str_eq(server.pair->warning,
                     "the certificate is not valid before 2025-11-25T16:00:00Z");
}

Test(files_time, of_the_future_are_told_each)
{
    AUTO(texts) struct texts now = texts_of((struct made_as){0});
    AUTO(texts) struct texts early = texts_of((struct made_as){.from = NOW + HOUR});
    AUTO(texts) struct texts earlier = texts_of((struct made_as){.from = NOW + 2 * HOUR});
    AUTO(server) struct server server = {0};

    put_pair(&now);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    put_pair(&early);
    assert_turns(&server, NOW, ".e.");
    put_pair(&earlier);
    assert_turns(&server, NOW, ".e.");
    assert_says(&server, "2025-11-24T18:00:00Z");
}

Test(files_time, of_the_future_that_go_away_are_forgotten)
{
    AUTO(texts) struct texts now = texts_of((struct made_as){0});
    AUTO(texts) struct texts early = texts_of((struct made_as){.from = NOW + HOUR});
    AUTO(server) struct server server = {0};

    put_pair(&now);
    server_init(&server);
    assert_turns(&server, NOW, "n.");
    put_pair(&early);
    assert_turns(&server, NOW, ".e.");
    lose_pair();
    assert_turns(&server, NOW, ".e.");
    assert_turns(&server, NOW + DAY, "..");
}
