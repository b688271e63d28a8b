"""Eight numbers at once: a vector type for compiled code.

LLVM does not turn short loops over units into vector instructions (measured: twelve times slower for a layer of 8
units), so the inner loops of the kernel say it themselves. For compiled functions only, with flat C-contiguous arrays.
Positions are not checked: whoever calls has checked the shapes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic, models, register_model

LANES = 8  # 256 bits of float32 (AVX2); float64 takes two registers


class Vector(types.Type):
    """`LANES` numbers of one dtype in a register."""

    def __init__(self, dtype: types.Type) -> None:
        self.dtype = dtype
        super().__init__(name=f"Vector({dtype})")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Vector) -> None:
        number = dmm.lookup(fe_type.dtype).get_value_type()
        super().__init__(dmm, fe_type, ir.VectorType(number, LANES))


def _instruction(function: Callable[..., Any]) -> Any:
    """A function of vectors: `function` says its types and writes its code; compiled code passes no typingctx."""
    return intrinsic(function)


@_instruction
def load(typingctx: Any, array: Any, start: Any) -> Any:
    """`array[start : start + LANES]` as a vector."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.load(_vector_at(context, builder, signature, args), align=_align(signature))

    return Vector(array.dtype)(array, types.intp), generate


@_instruction
def store(typingctx: Any, array: Any, start: Any, vector: Any) -> Any:
    """`array[start : start + LANES] = vector`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], _vector_at(context, builder, signature, args), align=_align(signature))
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), generate


@_instruction
def zeros(typingctx: Any, array: Any) -> Any:
    """A vector of zeros of the array's dtype."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return ir.Constant(context.get_value_type(signature.return_type), None)

    return Vector(array.dtype)(array), generate


@_instruction
def add(typingctx: Any, left: Any, right: Any) -> Any:
    """`left + right`, number by number."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fadd(*args)

    return left(left, right), generate


@_instruction
def multiply(typingctx: Any, left: Any, right: Any) -> Any:
    """`left * right`, number by number."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fmul(*args)

    return left(left, right), generate


@_instruction
def add_scaled(typingctx: Any, total: Any, array: Any, position: Any, vector: Any) -> Any:
    """`total + array[position] * vector`, rounded once where the processor can."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector_type = context.get_value_type(signature.return_type)
        data = context.make_array(signature.args[1])(context, builder, args[1]).data
        number = builder.load(builder.gep(data, [args[2]]))
        lane = ir.IntType(32)
        first = builder.insert_element(ir.Constant(vector_type, ir.Undefined), number, ir.Constant(lane, 0))
        everywhere = ir.Constant(ir.VectorType(lane, LANES), [0] * LANES)
        repeated = builder.shuffle_vector(first, ir.Constant(vector_type, ir.Undefined), everywhere)
        product = builder.fmul(repeated, args[3], flags=["contract"])
        return builder.fadd(args[0], product, flags=["contract"])

    return total(total, array, types.intp, vector), generate


def _vector_at(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """A pointer to the vector that begins at position `args[1]` of array `args[0]`."""
    number = builder.gep(context.make_array(signature.args[0])(context, builder, args[0]).data, [args[1]])
    vector_type = ir.VectorType(context.get_value_type(signature.args[0].dtype), LANES)
    return builder.bitcast(number, vector_type.as_pointer())


def _align(signature: Any) -> int:
    return int(signature.args[0].dtype.bitwidth // 8)  # a row of units need not start at a multiple of the vector
