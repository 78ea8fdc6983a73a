#!/usr/bin/env bash
# install | uninstall, from one list of what goes where. DESTDIR, PREFIX, VERSION and B (the build) come from make.
set -eu
cd "$(dirname "$0")/.."
root=${DESTDIR-}$PREFIX

list() { # mode, source, place under PREFIX
    echo "755 $B/steelyard bin/steelyard"
    echo "644 $B/libsteelyard.a lib/libsteelyard.a"
    echo "644 $B/steelyard.pc lib/pkgconfig/steelyard.pc"
    local file
    for file in runtime/*.h; do [ -e "$file" ] && echo "644 $file include/${file##*/}"; done
    echo "644 docs/steelyard.1 share/man/man1/steelyard.1"
    echo "644 completion/steelyard.bash share/bash-completion/completions/steelyard"
    echo "644 completion/_steelyard share/zsh/site-functions/_steelyard"
    echo "644 editors/vim/syntax/steelyard.vim share/vim/vimfiles/syntax/steelyard.vim"
    echo "644 editors/vim/ftdetect/steelyard.vim share/vim/vimfiles/ftdetect/steelyard.vim"
    echo "644 editors/steelyard.tmLanguage.json share/steelyard/steelyard.tmLanguage.json"
    echo "644 LICENSE share/doc/steelyard/LICENSE"
    for file in docs/*.md; do echo "644 $file share/doc/steelyard/${file##*/}"; done
    for file in examples/*.sy; do echo "644 $file share/doc/steelyard/examples/${file##*/}"; done
}

case ${1-} in
install)
    sed -e "s|@PREFIX@|$PREFIX|g" -e "s|@VERSION@|$VERSION|g" runtime/steelyard.pc.in >"$B/steelyard.pc"
    list | while read -r mode source place; do
        install -D -m "$mode" "$source" "$root/$place"
    done
    echo "installed under $root"
    ;;
uninstall)
    list | while read -r _ _ place; do
        rm -f "$root/$place"
    done
    # folders that are ours alone; a shared one is never empty, or was not ours to make
    for folder in share/steelyard share/doc/steelyard/examples share/doc/steelyard; do
        [ ! -d "$root/$folder" ] || rmdir --ignore-fail-on-non-empty "$root/$folder"
    done
    ;;
*)
    echo "usage: install.sh install | uninstall" >&2
    exit 2
    ;;
esac
