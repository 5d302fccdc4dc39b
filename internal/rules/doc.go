// Package rules holds no code that runs in Homeroom: its tests read the whole
// source tree and fail where it breaks a rule of the house. CONTRIBUTING.md says
// the rules in prose; each is a function here, with a violation that it must see.
package rules
