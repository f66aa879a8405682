(module (func (unknown)))
