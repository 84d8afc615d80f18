;; A component with no SDK, in two modules: one throws, the other catches, as those of C++ and Ruby do. `/caught` is
;; answered, and nothing catches what `/uncaught` throws.
(component
  (core module $thrower
    (tag $failure (export "failure") (param i32))
    (func (export "risky") (param i32) (throw $failure (local.get 0))))
  (core module $main
    (import "thrower" "failure" (tag $failure (param i32)))
    (import "thrower" "risky" (func $risky (param i32)))
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    ;; A response: its status, no headers, and a body of seven bytes.
    (data (i32.const 16) "\c8\00\00\00\00\00\00\00\00\00\00\00\40\00\00\00\07\00\00\00")
    (data (i32.const 64) "caught\n")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.set $next (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
      (global.get $next)
      (global.set $next (i32.add (global.get $next) (local.get 3))))
    ;; The path is in the third and the fourth parameter.
    (func (export "handle")
      (param i32 i32) (param $path i32) (param $length i32) (param i32 i32 i32 i32 i32 i32 i32 i32 i32)
      (result i32)
      (if (i32.eq (local.get $length) (i32.const 9)) (then (call $risky (local.get $length))))
      (block $caught (result i32)
        (try_table (catch $failure $caught) (call $risky (local.get $length)))
        unreachable)
      (if (i32.ne (local.get $length)) (then unreachable))
      (i32.const 16)))
  (core instance $thrown (instantiate $thrower))
  (core instance $instance (instantiate $main (with "thrower" (instance $thrown))))
  (type $pairs (list (tuple string string)))
  (type $request (record
    (field "method" string) (field "path" string) (field "query" (option string)) (field "headers" $pairs)
    (field "body" (list u8)) (field "params" $pairs)))
  (type $response (record (field "status" u16) (field "headers" $pairs) (field "body" (list u8))))
  (func $handle (param "request" $request) (result $response)
    (canon lift (core func $instance "handle") (memory (core memory $instance "memory"))
      (realloc (core func $instance "realloc"))))
  ;; An interface has types with names.
  (component $named
    (type $pairs (list (tuple string string)))
    (type $a (record
      (field "method" string) (field "path" string) (field "query" (option string)) (field "headers" $pairs)
      (field "body" (list u8)) (field "params" $pairs)))
    (type $b (record (field "status" u16) (field "headers" $pairs) (field "body" (list u8))))
    (import "import-type-request" (type $request (eq $a)))
    (import "import-type-response" (type $response (eq $b)))
    (import "import-func-handle" (func $handle (param "request" $request) (result $response)))
    (export $c "request" (type $request))
    (export $d "response" (type $response))
    (export "handle" (func $handle) (func (param "request" $c) (result $d))))
  (instance $handler (instantiate $named
    (with "import-type-request" (type $request))
    (with "import-type-response" (type $response))
    (with "import-func-handle" (func $handle))))
  (export "flux:host/http-handler@0.1.0" (instance $handler)))
