package wit

// Hosted tells whether there is a host to call.
const Hosted = true
