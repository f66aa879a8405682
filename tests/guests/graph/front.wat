;; A command that runs another guest's command.
(component
  (import "wasi:cli/run@0.2.12" (instance $run (export "run" (func (result (result))))))
  (core func $run (canon lower (func $run "run")))
  (core module $m
    (import "run" "run" (func $run (result i32)))
    (func (export "run") (result i32) (call $run)))
  (core instance $i (instantiate $m (with "run" (instance (export "run" (func $run))))))
  (func $own (result (result)) (canon lift (core func $i "run")))
  (instance $command (export "run" (func $own)))
  (export "wasi:cli/run@0.2.12" (instance $command)))
