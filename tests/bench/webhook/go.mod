// What podveil is compared with: a webhook as one writes it in Go, the standard library alone.
module podveil.io/tests/bench/webhook

go 1.19
