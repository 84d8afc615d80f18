// Empty: Go takes functions without a body only beside assembly.
