"""The programs of bench/programs: compiled with `steelyard build`, and called in a loop that is written in C.

The prototypes are read from the emitted header, so that arguments are given by name. Every call gets a workspace that
was allocated before, and allocates nothing."""

import ctypes
import os
import re
import resource
import subprocess

import numpy

FOLDER = "build/bench/programs"
TYPES = {"float": numpy.float32, "double": numpy.float64, "int32_t": numpy.int32, "int64_t": numpy.int64,
         "unsigned char": numpy.uint8}
SCALARS = {"size_t": ctypes.c_size_t, "float": ctypes.c_float, "double": ctypes.c_double, "int32_t": ctypes.c_int32,
           "int64_t": ctypes.c_int64, "unsigned char": ctypes.c_ubyte}
STATUS = ["ok", "null pointer", "size", "overflow", "index out of range", "bad weight", "bad mask", "no memory",
          "bad workspace"]


class Call(ctypes.Structure):
    """steelyard_call of runtime/steelyard_call.h."""
    _fields_ = [("workspace", ctypes.c_void_p), ("workspace_size", ctypes.c_size_t), ("name", ctypes.c_char_p),
                ("position", ctypes.c_size_t), ("value", ctypes.c_double), ("integer", ctypes.c_int64),
                ("detail", ctypes.c_char_p)]


class Base(ctypes.Structure):
    """steelyard_state of runtime/steelyard_call.h: how the state of a training begins."""
    _fields_ = [("memory", ctypes.c_void_p), ("memory_size", ctypes.c_size_t), ("is_allocated", ctypes.c_int),
                ("is_ready", ctypes.c_int), ("steps", ctypes.c_int64)]


def march():
    """The level of the processor: what the compiler would take by itself, or AVX-512 where it is."""
    with open("/proc/cpuinfo") as file:
        flags = set(re.search(r"^flags\s*:(.*)$", file.read(), re.M).group(1).split())
    return "x86-64-v4" if {"avx512f", "avx512bw", "avx512dq", "avx512vl"} <= flags else "x86-64-v3"


def aligned(shape, dtype):
    """An array of zeros whose memory begins at a multiple of 64 bytes."""
    size = int(numpy.prod(shape, dtype=numpy.int64)) * numpy.dtype(dtype).itemsize
    raw = numpy.zeros(size + 64, numpy.uint8)
    start = -raw.ctypes.data % 64
    return raw[start:start + size].view(dtype).reshape(shape)


def compile_program(program, steelyard="build/steelyard"):
    """Compiles bench/programs/PROGRAM.sy, and the loops around its functions. The processor time that both compilers took."""
    folder = f"{FOLDER}/{program}"
    os.makedirs(folder, exist_ok=True)
    source = f"bench/programs/{program}.sy"
    name = os.path.basename(program)
    emits = [timed([steelyard, "emit", source, "-o", folder]) for _ in range(7)]
    build = timed([steelyard, "build", source, "-o", folder, "--march", march()])
    with open(f"{folder}/{name}.h") as file:
        functions = prototypes(file.read())
    with open(f"{folder}/loop.c", "w") as file:
        file.write(loops(name, functions))
    timed(["clang", "-O2", "-shared", "-fPIC", "-Iruntime", f"{folder}/loop.c", f"{folder}/lib{name}.a", "-lm",
           "-fopenmp", "-o", f"{folder}/loop.so"])
    return {"emit": min(emits), "cc": build - min(emits)}


def timed(command):
    """Runs a command; the processor time that it and its children took, which other programs do not lengthen."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{run.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def prototypes(header):
    """The functions NAME_call of a header: name -> [(type, is pointer, may be written, name)]."""
    functions = {}
    for name, text in re.findall(r"^int (\w+)_call\(([^;]*),\s+steelyard_call \*call\);", header, re.M):
        arguments = []
        for part in text.split(","):
            words = re.fullmatch(r"\s*(const )?([\w ]+?) (\*?)(\w+)\s*", part)
            constant, kind, star, argument = words.groups()
            arguments.append((kind, bool(star), bool(star) and not constant, argument))
        functions[name] = arguments
    return functions


def shapes(header, function):
    """The axes of each array of a function, from the comment above it: {name: [axes]}."""
    comment = re.search(r"/\*((?:(?!\*/).)*)\*/\nint " + function + r"\(", header, re.S).group(1)
    found = re.findall(r"^ \*   (\w+)(?:\[([^\]]*)\])? \((?:in|out)", comment, re.M)
    return {name: axes.split(", ") if axes else [] for name, axes in found}


def state_type(header, kind):
    """The structure that a training's state is: the type for ctypes, and [(type, is pointer, name, axes)]."""
    comment, body = re.search(r"/\*((?:(?!\*/).)*)\*/\ntypedef struct " + kind + r" \{(.*?)\}", header, re.S).groups()
    axes = dict(re.findall(r"^ \*   (\w+)(?:\[([^\]]*)\])? \(", comment, re.M))
    fields, members = [("base", Base)], []
    for part in body.split(";")[1:-1]:
        element, star, name = re.fullmatch(r"\s*([\w ]+?) (\*?)(\w+)", part).groups()
        fields.append((name, ctypes.c_void_p if star else SCALARS[element]))
        if element != "size_t":
            members.append((element, bool(star), name, axes[name].split(", ") if axes[name] else []))
    return type(kind, (ctypes.Structure,), {"_fields_": fields}), members


def loops(name, functions):
    text = f'#include "{name}.h"\n'
    for function, arguments in functions.items():
        declared = ", ".join(f"{'const ' if star and not written else ''}{kind} {'*' if star else ''}{argument}"
                             for kind, star, written, argument in arguments)
        given = ", ".join(argument for _, _, _, argument in arguments)
        # no word here may be a name of the program
        text += (f"int loop_{function}(int64_t loop_times, {declared}, steelyard_call *call) {{\n"
                 f"    int loop_status = 0;\n"
                 f"    for (int64_t loop_at = 0; loop_at < loop_times && loop_status == 0; loop_at++)\n"
                 f"        loop_status = {function}_call({given}, call);\n"
                 f"    return loop_status;\n}}\n")
    return text


class Function:
    """One function of a compiled program with its arguments: run(times) calls it, `outputs` are what it wrote."""

    def __init__(self, program, entry, sizes, data):
        name = os.path.basename(program)
        function = f"{name}_{entry}" if entry else name
        with open(f"{FOLDER}/{program}/{name}.h") as file:
            header = file.read()
        axes = shapes(header, function)
        self.library = ctypes.CDLL(f"{FOLDER}/{program}/loop.so")
        self.function = getattr(self.library, f"loop_{function}")
        self.call = Call()
        self.outputs, self.kept, given = {}, [], []
        for kind, star, written, argument in prototypes(header)[function]:
            if argument not in data and argument.endswith("_"):  # a word of C
                argument = argument[:-1]
            if not star:
                value = SCALARS[kind](sizes[argument] if kind == "size_t" else data[argument])
            elif kind.endswith("_state"):
                value = self.state(header, kind, name, sizes)
            elif written:
                shape = [sizes[axis] for axis in axes[argument]]
                array = aligned(shape, TYPES[kind])
                if argument in data:
                    array[...] = data[argument]
                self.outputs[argument] = array
                value = ctypes.c_void_p(array.ctypes.data)
            else:
                array = numpy.ascontiguousarray(data[argument], TYPES[kind])
                self.kept.append(array)
                value = ctypes.c_void_p(array.ctypes.data)
            given.append(value)
        self.call.workspace_size = self.measure(header, f"{function}_workspace", sizes)
        self.workspace = aligned([max(self.call.workspace_size, 64)], numpy.uint8)
        self.call.workspace = self.workspace.ctypes.data
        self.given = given + [ctypes.byref(self.call)]

    def measure(self, header, function, sizes):
        """The bytes that a function of sizes asks for."""
        wanted = re.search(r"^size_t " + function + r"\(([^)]*)\);", header, re.M).group(1)
        measure = getattr(self.library, function)
        measure.restype = ctypes.c_size_t
        return measure(*(ctypes.c_size_t(sizes[axis]) for axis in re.findall(r"size_t (\w+)", wanted)))

    def state(self, header, kind, name, sizes):
        """A training's state, initialised; what is in it becomes part of the outputs."""
        structure, members = state_type(header, kind)
        state = structure()
        self.kept.append(state)
        extents = [ctypes.c_size_t(sizes[axis]) for axis, _ in structure._fields_ if axis in sizes]
        status = getattr(self.library, f"{name}_init")(ctypes.byref(state), *extents, ctypes.c_int64(1))
        if status:
            raise RuntimeError(f"init: status {status}: {STATUS[status]}")
        for element, star, member, axes in members:
            place = getattr(state, member) if star else ctypes.addressof(state) + getattr(structure, member).offset
            shape = [sizes[axis] for axis in axes]
            count = int(numpy.prod(shape, dtype=numpy.int64))
            memory = (ctypes.c_char * (count * numpy.dtype(TYPES[element]).itemsize)).from_address(place)
            self.outputs[member] = numpy.frombuffer(memory, TYPES[element]).reshape(shape)
        return ctypes.byref(state)

    def run(self, times):
        status = self.function(ctypes.c_int64(times), *self.given)
        if status:
            raise RuntimeError(f"status {status}: {STATUS[status]}, {self.call.name}")
