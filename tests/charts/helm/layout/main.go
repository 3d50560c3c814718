// SPDX-License-Identifier: Apache-2.0

// Command layout reads an OCI archive by a library that others' tools read images with, checks every
// digest on the way, and prints the image's configuration.
package main

import (
	"context"
	_ "crypto/sha256" // or no digest counts as valid
	"encoding/json"
	"fmt"
	"os"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/content/oci"
)

func run(path, tag string) error {
	ctx := context.Background()
	store, err := oci.NewFromTar(ctx, path)
	if err != nil {
		return err
	}
	named, err := store.Resolve(ctx, tag)
	if err != nil {
		return err
	}
	text, err := content.FetchAll(ctx, store, named)
	if err != nil {
		return err
	}
	var manifest ocispec.Manifest
	if err := json.Unmarshal(text, &manifest); err != nil {
		return err
	}
	for _, layer := range manifest.Layers {
		if _, err := content.FetchAll(ctx, store, layer); err != nil {
			return err
		}
	}
	text, err = content.FetchAll(ctx, store, manifest.Config)
	if err != nil {
		return err
	}
	var image ocispec.Image
	if err := json.Unmarshal(text, &image); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(image)
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: layout ARCHIVE TAG")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "layout:", err)
		os.Exit(1)
	}
}
