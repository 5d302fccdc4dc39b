package main

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/homeroomchat/homeroom/app"
)

const usage = `Usage: homeroom [flags]

Homeroom is a chat room on the local network. Without flags it shows the rooms
that are there; with --host or --join it goes straight to the chat.

Flags:
  --name NAME          what the others call you; kept from the first start on
  --host               open a room on this computer
  --room NAME          with --host: the room's name
  --listen ADDR:PORT   with --host: where to listen (default: port 8000, or the
                       next free one)
  --app-only           with --host: let in the Homeroom app alone, all encrypted
  --join TARGET        join the room at HOST, HOST:PORT or ws://HOST:PORT/ws, or
                       the one with a code such as ABCDE-FGHJK
  --data DIR           where keys and settings are kept
  --lang LANGUAGE      en or zh-Hans
  --licences           print the licences of the fonts that come along and exit
  --version            print the version and exit
  --help               print this and exit
`

// options are what the command line says.
type options struct {
	name, room, listen, target, data, lang string
	host, appOnly, version, licences       bool
}

// parse reads the command line. What is wrong with it, it says on errs.
func parse(args []string, out, errs io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("homeroom", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.StringVar(&o.name, "name", "", "")
	f.BoolVar(&o.host, "host", false, "")
	f.BoolVar(&o.appOnly, "app-only", false, "")
	f.StringVar(&o.room, "room", "", "")
	f.StringVar(&o.listen, "listen", "", "")
	f.StringVar(&o.target, "join", "", "")
	f.StringVar(&o.data, "data", "", "")
	f.StringVar(&o.lang, "lang", "", "")
	f.BoolVar(&o.version, "version", false, "")
	f.BoolVar(&o.licences, "licences", false, "")
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		return o, err
	}
	if err == nil {
		err = o.check(f.Args())
	}
	if err != nil {
		fmt.Fprintf(errs, "homeroom: %v\nTry homeroom --help.\n", err)
	}
	return o, err
}

func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case o.host && o.target != "":
		return errors.New("--host and --join exclude each other")
	case !o.host && (o.room != "" || o.listen != "" || o.appOnly):
		return errors.New("--room, --listen and --app-only need --host")
	case o.lang != "" && o.lang != app.LangEnglish && o.lang != app.LangChinese:
		return fmt.Errorf("unknown language %q", o.lang)
	}
	return nil
}

// asksForNothing reports whether the program was started as by a click on its icon:
// a window that is open already will do.
func (o options) asksForNothing() bool {
	return !o.host && o.target == "" && o.name == "" && o.lang == ""
}

func (o options) hostRequest() *app.HostRequest {
	if !o.host {
		return nil
	}
	return &app.HostRequest{Room: o.room, Listen: o.listen, AppOnly: o.appOnly}
}

func (o options) joinRequest() *app.JoinRequest {
	if o.target == "" {
		return nil
	}
	return &app.JoinRequest{Target: o.target}
}
