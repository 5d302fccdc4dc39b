package transcript

import (
	"context"
	"fmt"
	"io"
	"iter"

	"github.com/homeroomchat/homeroom/internal/wholefile"
	"github.com/homeroomchat/homeroom/netchat"
)

// Save is Write to the file at path, in place of what is there. The file appears
// only once it is whole: after an error, or when ctx ends, there is what was there
// before, and nothing else. Only its owner may read it, for private messages are
// in it. A link stays, and what is no file is written to. If path is what cannot be
// written, it fails with a *wholefile.OutputError.
func Save(ctx context.Context, path string, events iter.Seq2[*netchat.Event, error], o Options) error {
	err := wholefile.Make(ctx, path, func(w io.Writer) error {
		if err := Write(w, until(ctx, events), o); err != nil {
			return err
		}
		return ctx.Err()
	})
	if err != nil {
		return fmt.Errorf("save transcript: %w", err)
	}
	return nil
}

// until ends events with the error of ctx once that has ended.
func until(ctx context.Context, events iter.Seq2[*netchat.Event, error]) iter.Seq2[*netchat.Event, error] {
	return func(yield func(*netchat.Event, error) bool) {
		for e, err := range events {
			if err == nil {
				err = ctx.Err()
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}
