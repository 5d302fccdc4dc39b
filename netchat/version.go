package netchat

// Version is that of all programs of this repository. FyneApp.toml says the
// same, which a test of the desktop app checks.
const Version = "0.1.0"
