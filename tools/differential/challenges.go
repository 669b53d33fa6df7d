// Reads WWW-Authenticate headers, a JSON string a line, and says how regclient and docker/distribution
// read each. It is compiled within a copy of regclient, whose parser is internal.
package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"

	"github.com/docker/distribution/registry/client/auth/challenge"
	"github.com/regclient/regclient/internal/auth"
)

type read struct {
	Scheme     string            `json:"scheme"`
	Parameters map[string]string `json:"parameters"`
}

type answer struct {
	Regclient []read `json:"regclient"`
	Docker    []read `json:"docker"`
}

func regclient(header string) []read {
	types, parameters, err := auth.KrustParse(header)
	if err != nil {
		return nil
	}
	found := []read{}
	for at, scheme := range types {
		found = append(found, read{Scheme: scheme, Parameters: parameters[at]})
	}
	return found
}

func docker(header string) []read {
	response := http.Response{StatusCode: 401, Header: http.Header{}}
	response.Header.Set("WWW-Authenticate", header)
	found := []read{}
	for _, each := range challenge.ResponseChallenges(&response) {
		found = append(found, read{Scheme: each.Scheme, Parameters: each.Parameters})
	}
	return found
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
		line, _ := json.Marshal(answer{Regclient: regclient(text), Docker: docker(text)})
		out.Write(line)
		out.WriteByte('\n')
	}
}
