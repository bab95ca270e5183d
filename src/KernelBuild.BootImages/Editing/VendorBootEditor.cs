using System.Buffers;
using System.Text;
using KernelBuild.BootImages.Files;
using KernelBuild.BootImages.Inspection;
using KernelBuild.BootImages.Layout;
using KernelBuild.BootImages.VendorBoot;
using KernelBuild.BootImages.Verification;
using KernelBuild.Diagnostics;

namespace KernelBuild.BootImages.Editing;

/// <summary>Edits of a vendor_boot image.</summary>
internal sealed class VendorBootEditor(ImageFile file, ImageEdits edits, List<Diagnostic> notes)
{
    private readonly VendorBootImage _old = file.VendorBoot!;
    private ImageExpectation _expectation = new();

    public (ReadOnlySequence<byte> Image, ImageExpectation Expectation) Apply()
    {
        if (edits.Kernel is not null || edits.Second is not null || edits.RecoveryDtbo is not null || edits.DeviceTreeTable is not null
            || edits.OsVersion is not null)
        {
            throw ImageEditor.NoSuchSection(
                edits.Kernel is null ? "such section or field" : "kernel", "a vendor_boot image", "give the boot image");
        }

        DtboEditor.RefuseOverlays(edits, "a vendor_boot image");
        if (edits.BootConfig is not null && _old.HeaderVersion < 4)
        {
            throw ImageEditor.NoSuchSection("bootconfig", "a version 3 vendor_boot image", "put the arguments into the command line");
        }

        ImageEditor.Judge(SectionFitness.OfBootConfig((edits.BootConfig ?? default).Span), notes);
        var header = edits.CommandLine is { } commandLine ? WithCommandLine(_old.Header, commandLine) : _old.Header;

        var (ramdisk, table) = edits.FragmentList.IsDefault ? Ramdisks() : Fragments();
        header = edits.FragmentList.IsDefault ? header : header with { TableEntryCount = (uint)edits.FragmentList.Length };
        if (edits.Dtb is { } dtb)
        {
            ImageEditor.Judge(SectionFitness.OfDeviceTrees(dtb.Span, _old.Dtb.Span), notes);
            ImageEditor.Judge(SectionFitness.OfOverlaysAsTrees(dtb.Span, _old.Dtb.Span), notes);

            _expectation = _expectation with { Dtb = ExpectedContent.ExactlyStored(dtb) };
        }

        var tail = file.Footer is null ? AvbEditor.WithoutFill(_old.Tail) : _old.Tail;
        var image = VendorBootComposer.Assemble(header, _old, kind => kind switch
        {
            VendorBootSectionKind.Ramdisk => ramdisk,
            VendorBootSectionKind.Dtb => edits.Dtb ?? _old.Dtb,
            VendorBootSectionKind.RamdiskTable => table,
            _ => edits.BootConfig ?? _old.BootConfig,
        }, tail);
        return (image.ToSequence(), _expectation);
    }

    private VendorBootHeader WithCommandLine(VendorBootHeader header, string commandLine)
    {
        const int length = VendorBootFields.CommandLineLength;
        var bytes = Encoding.UTF8.GetBytes(commandLine);
        if (bytes.Length >= length || bytes.Contains((byte)0))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.BootImageFieldTooLong,
                $"the command line has {bytes.Length} bytes or a NUL, and the header has room for {length - 1}", "shorten it"));
        }

        _expectation = _expectation with { CommandLine = ExpectedContent.ExactlyStored(Encoding.UTF8.GetBytes(commandLine)) };
        return header with { CommandLineField = HeaderText.Field(bytes, length) };
    }

    private (ReadOnlyMemory<byte> Ramdisk, ReadOnlyMemory<byte> Table) Ramdisks()
    {
        var table = _old.Section(VendorBootSectionKind.RamdiskTable);
        if (edits.Ramdisk is null && edits.Fragments.IsEmpty && edits.FragmentsByIndex.IsEmpty)
        {
            return (_old.Ramdisk, table);
        }

        if (_old.Ramdisks.IsEmpty)
        {
            if (edits.Fragments.Count + edits.FragmentsByIndex.Count > 0)
            {
                throw ImageEditor.NoSuchSection("ramdisk fragment", "a vendor_boot image without a ramdisk table", "set the whole ramdisk");
            }

            var stored = Store("ramdisk", edits.Ramdisk!.Value, _old.Ramdisk);
            _expectation = _expectation with { Ramdisk = stored.Expected };
            return (stored.Stored, table);
        }

        if (edits.Ramdisk is not null && _old.Ramdisks.Length > 1)
        {
            throw ImageEditor.NoSuchSection(
                "single ramdisk", $"a vendor_boot image with {_old.Ramdisks.Length} fragments", $"name the fragment: {Names}");
        }

        var fragments = edits.Ramdisk is { } only ? edits.FragmentsByIndex.SetItem(0, only) : edits.FragmentsByIndex;
        foreach (var (name, content) in edits.Fragments)
        {
            fragments = fragments.SetItem(IndexOf(name), content);
        }

        return Rebuild(table.ToArray(), fragments);
    }

    /// <summary>The section with the fragments of a list; the proof looks at those whose content is new, and at the others as they were.</summary>
    private (ReadOnlyMemory<byte> Ramdisk, ReadOnlyMemory<byte> Table) Fragments()
    {
        var (ramdisk, table) = new FragmentTable(_old, edits.FragmentList).Build((number, edit) =>
        {
            var stored = Store($"fragment \"{HeaderText.Printable(edit.Name)}\"", edit.Content, _old.Ramdisks[0].Content);
            _expectation = _expectation with { Fragments = _expectation.Fragments.SetItem(number, stored.Expected) };
            return stored.Stored;
        });
        foreach (var (edit, number) in edits.FragmentList.Select((edit, number) => (edit, number)))
        {
            if (edit.From is { } from)
            {
                var same = ExpectedContent.ExactlyStored(_old.Ramdisks[from].Content);
                _expectation = _expectation with { Fragments = _expectation.Fragments.SetItem(number, same) };
            }
        }

        return (ramdisk, table);
    }

    private string Names => string.Join(", ", _old.Ramdisks.Select(r => $"\"{HeaderText.Printable(r.Name)}\""));

    private int IndexOf(string name)
    {
        var found = Enumerable.Range(0, _old.Ramdisks.Length).Where(i => _old.Ramdisks[i].Name == name).ToArray();
        return found switch
        {
            [var one] => one,
            [] => throw ImageEditor.NoSuchSection(
                $"ramdisk fragment \"{HeaderText.Printable(name)}\"", "the image", $"its fragments are {Names}"),
            _ => throw ImageEditor.NoSuchSection(
                $"single fragment \"{HeaderText.Printable(name)}\"", "the image",
                "unpack it, where each has a file of its own: kernelbuild boot unpack, kernelbuild boot pack"),
        };
    }

    /// <summary>New fragments in their places; the entries of those behind them move.</summary>
    private (ReadOnlyMemory<byte> Ramdisk, ReadOnlyMemory<byte> Table) Rebuild(
        byte[] table, System.Collections.Immutable.ImmutableSortedDictionary<int, ReadOnlyMemory<byte>> fragments)
    {
        foreach (var number in fragments.Keys.Where(number => number < 0 || number >= _old.Ramdisks.Length))
        {
            throw ImageEditor.NoSuchSection($"ramdisk fragment {number}", "the image", $"its fragments are {Names}");
        }

        foreach (var outside in _old.Ramdisks.Where(ramdisk => (long)ramdisk.Offset + ramdisk.Size > _old.Ramdisk.Length))
        {
            throw new DiagnosticException(Diagnostic.Error(
                DiagnosticCodes.VendorRamdiskTableInvalid,
                $"the fragment \"{HeaderText.Printable(outside.Name)}\" ends at byte {(long)outside.Offset + outside.Size} of a section of "
                + $"{_old.Ramdisk.Length}: where the fragments stand is not known",
                "take a fresh copy of the image"));
        }

        using var section = new MemoryStream();
        var next = 0;
        foreach (var (ramdisk, i) in _old.Ramdisks.Select((ramdisk, i) => (ramdisk, i)).OrderBy(pair => pair.ramdisk.Offset))
        {
            var content = ramdisk.Content;
            if (fragments.TryGetValue(i, out var given))
            {
                var stored = Store($"fragment \"{HeaderText.Printable(ramdisk.Name)}\"", given, ramdisk.Content);
                content = stored.Stored;
                _expectation = _expectation with { Fragments = _expectation.Fragments.SetItem(i, stored.Expected) };
            }

            // What stood between two fragments stays between them.
            if (ramdisk.Offset > next)
            {
                section.Write(_old.Ramdisk.Span[next..(int)ramdisk.Offset]);
            }

            var entry = ramdisk.Entry with { Size = (uint)content.Length, Offset = (uint)section.Length };
            entry.Write(table.AsSpan(i * entry.Length));
            section.Write(content.Span);
            next = (int)Math.Max(next, (long)ramdisk.Offset + ramdisk.Content.Length);
        }

        section.Write(_old.Ramdisk.Span[next..]);
        return (section.ToArray(), table);
    }

    private StoredContent Store(string name, ReadOnlyMemory<byte> given, ReadOnlyMemory<byte> old)
    {
        var stored = StoredContent.ForRamdisk(name, given, old, edits.RamdiskCompression, notes);
        if (stored.Note.Length > 0)
        {
            notes.Add(ImageEditor.Note(stored.Note));
        }

        return stored;
    }
}
