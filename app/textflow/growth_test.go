package textflow

import (
	"strings"
	"testing"
	"time"
)

// BenchmarkGrowth tells how many times as long 16 times the text takes: about 16
// is right, and 256 would be its square.
func BenchmarkGrowth(b *testing.B) {
	wrap := func(text string) { NewBreaker(cells).Break(text, 500) }
	for name, unit := range map[string]string{
		"chinese": "今天天气不错。abc ", "hebrew": "שלום (עולם) 42! ", "one word": "שלום", "open": "(א",
		"nested": "א([{", "marks": "א\u05b0\u05b1", "emoji": "👍🏿", "blanks": "א   ",
	} {
		b.Run("break/"+name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(growth(wrap, strings.Repeat(unit, 1_000), strings.Repeat(unit, 16_000)), "x-for-16x")
			}
		})
	}
	small, large := hostile(4<<10), hostile(64<<10)
	b.Run("links", func(b *testing.B) {
		var worst float64
		for b.Loop() {
			for i := range small {
				worst = max(worst, growth(func(text string) { Links(text) }, small[i], large[i]))
			}
			b.ReportMetric(worst, "x-for-16x")
		}
	})
}

// growth returns how many times as long the large text takes.
func growth(do func(string), small, large string) float64 {
	best := func(text string) time.Duration {
		least := time.Hour
		for range 5 {
			start := time.Now()
			do(text)
			least = min(least, time.Since(start))
		}
		return max(least, time.Microsecond)
	}
	return float64(best(large)) / float64(best(small))
}
