package auth

// KrustParse gives what this package makes of a header: schemes, and the parameters of each.
func KrustParse(header string) ([]string, []map[string]string, error) {
	challenges, err := parseAuthHeader(header)
	types, parameters := []string{}, []map[string]string{}
	for _, each := range challenges {
		types = append(types, each.authType)
		parameters = append(parameters, each.params)
	}
	return types, parameters, err
}
