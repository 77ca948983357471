package kernel

// TagReporter is the table of the reporters' keys, by their numbers.
const TagReporter = 15

func init() { tagNames[TagReporter] = "reporter" }
