using KernelBuild.Cli.CommandLine;
using KernelBuild.KernelImages.Differences;

namespace KernelBuild.Cli.Kernels;

/// <summary>
/// The JSON document of <c>kernel info --json</c>. Members are added, never renamed or removed, while the format version stays; so in all
/// of these.
/// </summary>
internal sealed record KernelInfoReport(
    string File, IReadOnlyList<LayerInfo> Layers, string? Banner, string Version, string Compiler, long Size, ulong MemorySize,
    int? PageSize, int? AddressBits, string? Base, ulong? TextOffset,
    string Relocations, int RelocationCount, bool Randomized, int Symbols, string? SymbolForm, bool DataSymbols, int Types,
    int ConfigurationSize) : JsonReport;

/// <summary>A layer: offsets are in the file where the depth is 0, else in the content of the stream around it.</summary>
internal sealed record LayerInfo(string Kind, int Depth, long Offset, long Size, string Detail);

/// <summary>The JSON document of <c>kernel config --json</c>.</summary>
/// <param name="Source">"embedded" or "inferred".</param>
internal sealed record KernelConfigReport(string File, string Source, IReadOnlyList<OptionInfo> Options) : JsonReport;

/// <summary>An option, and what proves it; the evidence is null for an embedded configuration.</summary>
internal sealed record OptionInfo(string Name, string Value, string? Evidence);

/// <summary>The JSON document of <c>kernel symbols --json</c>.</summary>
internal sealed record KernelSymbolsReport(string File, IReadOnlyList<SymbolInfo> Symbols) : JsonReport;

/// <summary>A symbol; the address in hex.</summary>
internal sealed record SymbolInfo(string Address, string Type, string Name);

/// <summary>The JSON document of <c>kernel callers --json</c>.</summary>
internal sealed record KernelCallersReport(string File, IReadOnlyList<CalledInfo> Functions) : JsonReport;

/// <summary>A function and who refers to it.</summary>
internal sealed record CalledInfo(string Function, string Address, IReadOnlyList<ReferenceInfo> References);

/// <summary>A reference: kind is call, jump, address, pointer or through-pointer.</summary>
internal sealed record ReferenceInfo(string Kind, string Address, string In, ulong Offset, string Member);

/// <summary>The JSON document of <c>kernel trace --json</c>.</summary>
internal sealed record KernelTraceReport(string File, string Direction, IReadOnlyList<TraceInfo> Traces) : JsonReport;

/// <summary>A node of a trace.</summary>
internal sealed record TraceInfo(string Name, ReferenceInfo? Reference, string Note, IReadOnlyList<TraceInfo> Next);

/// <summary>The JSON document of <c>kernel strings --json</c>.</summary>
internal sealed record KernelStringsReport(string File, IReadOnlyList<TextInfo> Texts) : JsonReport;

/// <summary>A text and who refers to it.</summary>
internal sealed record TextInfo(string Address, string Text, IReadOnlyList<ReferenceInfo> References);

/// <summary>The JSON document of <c>kernel properties --json</c>.</summary>
internal sealed record KernelPropertiesReport(string File, int Calls, int Resolved, IReadOnlyList<ReadInfo> Reads) : JsonReport;

/// <summary>
/// A call that reads properties; none when the name is made at run time, and passed on when it is an argument of the function.
/// </summary>
internal sealed record ReadInfo(string Function, string Address, string Accessor, IReadOnlyList<string> Properties, bool PassedOn);

/// <summary>The JSON document of <c>kernel tables --json</c>.</summary>
internal sealed record KernelTablesReport(
    string File, IReadOnlyList<QuirkInfo> AcsQuirks, IReadOnlyList<AcsEnableInfo> AcsEnable, IReadOnlyList<QuirkInfo> DmaAliases,
    IReadOnlyList<MatchTableInfo> Matches) : JsonReport;

/// <summary>An entry: ids of four hex digits, ffff for any.</summary>
internal sealed record QuirkInfo(string Address, string Vendor, string Device, string Handler);

/// <summary>An entry of pci_dev_enable_acs.</summary>
internal sealed record AcsEnableInfo(string Address, string Vendor, string Device, string Enable, string DisableRedirect);

/// <summary>A match table.</summary>
internal sealed record MatchTableInfo(
    string Address, string Name, string Driver, string Probe, IReadOnlyList<string> Users, IReadOnlyList<MatchInfo> Entries);

/// <summary>A compatible and the data that belongs to it.</summary>
internal sealed record MatchInfo(string Compatible, string Data);

/// <summary>The JSON document of <c>kernel disassemble --json</c>.</summary>
/// <param name="File">The image.</param>
/// <param name="Function">The first one's, and <paramref name="Lines"/> too: what a document had when it held one; null when none was found.</param>
/// <param name="Lines">See <paramref name="Function"/>.</param>
/// <param name="Functions">All.</param>
internal sealed record KernelListingReport(
    string File, string? Function, IReadOnlyList<LineInfo> Lines, IReadOnlyList<FunctionListing> Functions) : JsonReport;

/// <summary>A function and its instructions.</summary>
internal sealed record FunctionListing(string Function, IReadOnlyList<LineInfo> Lines);

/// <summary>An instruction; the note names what it points to.</summary>
internal sealed record LineInfo(string Address, string Word, string Text, string Note);

/// <summary>The JSON document of <c>kernel patch --json</c>.</summary>
internal sealed record KernelPatchReport(string File, string Output, string Undo, IReadOnlyList<PatchInfo> Patches) : JsonReport;

/// <summary>A patch; offset in the uncompressed image.</summary>
internal sealed record PatchInfo(long Offset, string Old, string New);

/// <summary>The JSON document of <c>kernel elf --json</c>.</summary>
internal sealed record KernelElfReport(string File, string Output, long Size, int Symbols) : JsonReport;

/// <summary>The JSON document of <c>kernel path --json</c>.</summary>
/// <param name="Reached">How many of the functions are reached; the paths may be fewer (<c>--paths</c>).</param>
/// <param name="Functions">How many functions were looked at.</param>
/// <param name="UnknownCalls">Calls through pointers in them that are not understood.</param>
/// <param name="Whole">False when the search ended at its depth.</param>
internal sealed record KernelPathReport(
    string File, IReadOnlyList<CallPathInfo> Paths, int Reached, int Functions, int UnknownCalls, bool Whole) : JsonReport;

/// <summary>A path, from its first function to its last.</summary>
internal sealed record CallPathInfo(IReadOnlyList<CallStepInfo> Steps);

/// <summary>A function of a path, and how the one before it reaches it; the reference is null for the first.</summary>
internal sealed record CallStepInfo(string Function, string Address, ReferenceInfo? Reference, string Table);

/// <summary>The JSON document of <c>kernel types --json</c>.</summary>
internal sealed record KernelTypesReport(string File, IReadOnlyList<TypeInfo> Types) : JsonReport;

/// <summary>A type; kind is struct, union, enum, typedef, function or base.</summary>
/// <param name="Size">Bytes; null for functions and types without a size.</param>
/// <param name="Text">As C writes it.</param>
/// <param name="Members">Of a structure or union.</param>
/// <param name="Values">Of an enumeration.</param>
internal sealed record TypeInfo(
    string Kind, string Name, long? Size, string Text, IReadOnlyList<TypeMemberInfo> Members, IReadOnlyList<TypeValueInfo> Values);

/// <summary>A member.</summary>
/// <param name="Offset">In bits from the start of the structure.</param>
/// <param name="Size">Bytes of its type; null where that is not known.</param>
/// <param name="BitWidth">Of a bit field; else null.</param>
internal sealed record TypeMemberInfo(string Name, string Type, long Offset, long? Size, int? BitWidth);

/// <summary>A value of an enumeration, as decimal text: it may need 64 bits of either sign.</summary>
internal sealed record TypeValueInfo(string Name, string Value);

/// <summary>The JSON document of <c>kernel diff --json</c>; added means that the second kernel has it.</summary>
internal sealed record KernelDiffReport(
    string From, string To, string FromVersion, string ToVersion, string ConfigurationSource, IReadOnlyList<OptionDifference> Options,
    IReadOnlyList<NameDifference> Functions, IReadOnlyList<PropertyDifference> Properties, IReadOnlyList<TableDifference> TableEntries,
    string OperationSource, IReadOnlyList<OperationDifference> Operations, IReadOnlyList<LayoutDifference> Layouts, string LayoutSource) : JsonReport;
