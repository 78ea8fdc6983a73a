" Vim syntax for Steelyard programs (.sy). Put vim/ on the runtimepath, or copy its two files into ~/.vim.
if exists('b:current_syntax')
  finish
endif

syntax keyword syReserved if then else and or not
syntax keyword syConstant true false inf
syntax match syDeclaration /\v^\s*<(model|real|dim|input|weight|mask|param|const|let|output|loss|minimize|fn|rule|entry|use|state)>\ze\s+["a-zA-Z_(]/
syntax match syModifier /\v<(over|with)>\ze\s+\h/ contained
syntax match syMinimize /\v^\s*minimize>.*$/ contains=syDeclaration,syModifier,syNumber,syCall,syComment,syDoc
syntax match syLike /\v(^\s*dim\s+\h\w*\s+)@<=like>/
syntax match syType /\v(:\s*)@<=<(f32|f64|i32|i64|bool|f16|bf16|index)>/
syntax keyword syReduction sum mean prod min max any all count argmin argmax logsumexp norm var std
syntax keyword syReduction softmax log_softmax normalize uniform normal
syntax keyword syDerivative grad vjp jvp stop
syntax match syCall /\v<(exp|log|log1p|expm1|sqrt|rsqrt|abs|sign|floor|ceil|round|clamp|tanh|sigmoid|relu|gelu|softplus|erf|erfc|lgamma|digamma|trigamma|polygamma|sin|cos|tan|isnan|isinf|isfinite|div|mod|extent|has|f32|f64|i32|i64|bool)>\ze\s*\(/
syntax match syOption /\v<(where|weight|logweight|empty|over|ddof|none)>\ze\s*\=[^=]/
syntax match syNumber /\v<\d+(\.\d*)?([eE][+-]?\d+)?>|\.\d+([eE][+-]?\d+)?>/
syntax match syOperator /\v\<-|\<\=|\>\=|\=\=|!\=|[-+*\/^<>]/
syntax region syString start=/"/ end=/"/ oneline
syntax match syComment /#.*$/ contains=syTodo,@Spell
syntax match syDoc /##.*$/ contains=syTodo,@Spell
syntax keyword syTodo TODO FIXME XXX contained

highlight default link syReserved Conditional
highlight default link syConstant Constant
highlight default link syDeclaration Statement
highlight default link syModifier Statement
highlight default link syLike Statement
highlight default link syType Type
highlight default link syReduction Function
highlight default link syDerivative Special
highlight default link syCall Function
highlight default link syOption Identifier
highlight default link syNumber Number
highlight default link syOperator Operator
highlight default link syString String
highlight default link syComment Comment
highlight default link syDoc SpecialComment
highlight default link syTodo Todo

setlocal commentstring=#\ %s
let b:current_syntax = 'steelyard'
