// Reads references, a JSON string a line, and says how go-containerregistry and distribution's reference
// package (docker's own) read each.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/distribution/reference"
	"github.com/google/go-containerregistry/pkg/name"
)

type read struct {
	Registry string `json:"registry"`
	Name     string `json:"name"`
	Tag      string `json:"tag,omitempty"`
	Digest   string `json:"digest,omitempty"`
}

type answer struct {
	Ggcr   *read `json:"ggcr"`
	Docker *read `json:"docker"`
}

func ggcr(text string) *read {
	ref, err := name.ParseReference(text)
	if err != nil {
		return nil
	}
	found := read{Registry: ref.Context().RegistryStr(), Name: ref.Context().RepositoryStr()}
	switch ref := ref.(type) {
	case name.Digest:
		found.Digest = ref.DigestStr()
	case name.Tag:
		found.Tag = ref.TagStr()
	}
	return &found
}

func docker(text string) *read {
	ref, err := reference.ParseDockerRef(text)
	if err != nil {
		return nil
	}
	found := read{Registry: reference.Domain(ref), Name: reference.Path(ref)}
	if tagged, ok := ref.(reference.Tagged); ok {
		found.Tag = tagged.Tag()
	}
	if digested, ok := ref.(reference.Digested); ok {
		found.Digest = digested.Digest().String()
	}
	return &found
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var text string
		if err := json.Unmarshal(lines.Bytes(), &text); err != nil {
			panic(err)
		}
		line, _ := json.Marshal(answer{Ggcr: ggcr(text), Docker: docker(text)})
		out.Write(line)
		out.WriteByte('\n')
	}
}
