;; Exports nothing.
(component (core module (func)))
