namespace KernelBuild.KernelImages.Types;

/// <summary>Kinds of BTF types, with the numbers of the format. Source: include/uapi/linux/btf.h.</summary>
internal enum TypeKind
{
    None = 0,
    Integer = 1,
    Pointer = 2,
    Array = 3,
    Struct = 4,
    Union = 5,
    Enumeration = 6,
    Forward = 7,
    Typedef = 8,
    Volatile = 9,
    Constant = 10,
    Restrict = 11,
    Function = 12,
    FunctionPrototype = 13,
    Variable = 14,
    DataSection = 15,
    Float = 16,
    DeclarationTag = 17,
    TypeTag = 18,
    Enumeration64 = 19,
}
