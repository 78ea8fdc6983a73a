autocmd BufRead,BufNewFile *.sy setfiletype steelyard
