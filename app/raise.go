package app

import "context"

// raising returns a task that shows the window in front whenever that is asked for.
func raising(a *App) func(context.Context) {
	return func(ctx context.Context) {
		for {
			select {
			case <-a.deps.Raise:
				a.deps.Do(func() {
					a.win.Show()
					a.win.RequestFocus()
				})
			case <-ctx.Done():
				return
			}
		}
	}
}
