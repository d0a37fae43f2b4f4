// Package main judges samples of our objects' status as others see them: kstatus by its own library (Flux, Argo CD's
// and kpt's waits), and deploy/argocd/health.lua by the interpreter that Argo CD uses.
//
// Usage: status-judge SAMPLES HEALTH; the last line is "N passed, N failed".
package main

import (
	"encoding/json"
	"fmt"
	"os"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type sample struct {
	Name    string         `json:"name"`
	Kstatus string         `json:"kstatus"`
	Argo    string         `json:"argo"`
	Object  map[string]any `json:"object"`
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: status-judge SAMPLES HEALTH")
	}
	text, err := os.ReadFile(os.Args[1])
	check(err)
	var samples []sample
	check(json.Unmarshal(text, &samples))
	script, err := os.ReadFile(os.Args[2])
	check(err)
	passed, failed := 0, 0
	for _, s := range samples {
		result, err := status.Compute(&unstructured.Unstructured{Object: integers(s.Object).(map[string]any)})
		check(err)
		health, message, err := health(string(script), s.Object)
		check(err)
		for _, judged := range [][3]string{
			{"kstatus", s.Kstatus, string(result.Status)},
			{"Argo CD", s.Argo, health},
			{"Argo CD's message", "some", some(message)},
		} {
			if judged[1] == judged[2] {
				passed++
				continue
			}
			failed++
			fmt.Printf("%s: %s says %s, expected %s\n", s.Name, judged[0], judged[2], judged[1])
		}
	}
	if len(samples) == 0 {
		failed++
		fmt.Println("there are no samples")
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

// As Argo CD runs it: the object is the global obj, the script returns a table.
func health(script string, object map[string]any) (string, string, error) {
	state := lua.NewState()
	defer state.Close()
	state.SetGlobal("obj", value(state, object))
	if err := state.DoString(script); err != nil {
		return "", "", err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return "", "", fmt.Errorf("the script returned no table")
	}
	return lua.LVAsString(table.RawGetString("status")), lua.LVAsString(table.RawGetString("message")), nil
}

func value(state *lua.LState, any_ any) lua.LValue {
	switch v := any_.(type) {
	case map[string]any:
		table := state.NewTable()
		for key, member := range v {
			table.RawSetString(key, value(state, member))
		}
		return table
	case []any:
		table := state.NewTable()
		for _, item := range v {
			table.Append(value(state, item))
		}
		return table
	case string:
		return lua.LString(v)
	case float64:
		return lua.LNumber(v)
	case bool:
		return lua.LBool(v)
	}
	return lua.LNil
}

// Unstructured objects hold whole numbers as int64.
func integers(any_ any) any {
	switch v := any_.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, member := range v {
			out[key] = integers(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = integers(item)
		}
		return out
	case float64:
		return int64(v)
	}
	return any_
}

func some(text string) string {
	if text == "" {
		return "none"
	}
	return "some"
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(text string) {
	fmt.Fprintln(os.Stderr, text)
	os.Exit(2)
}
