using System.Buffers.Binary;
using KernelBuild.KernelImages.Relocations;

namespace KernelBuild.KernelImages.Tests.Relocations;

public sealed class DamagedPlaces
{
    /// <summary>The addresses below the places end where all addresses do: the search for a base must not begin again at 0.</summary>
    [Theory]
    [InlineData(0xffff_ffff_ffff_f000)]
    [InlineData(0xffff_ffff_ffff_0000)]
    public async Task A_table_at_the_end_of_all_addresses_gives_no_base_and_ends(ulong place)
    {
        const int table = 0x4000, entries = 100, length = 24;
        var image = new byte[0x10000];
        for (var i = 0; i < entries; i++)
        {
            var entry = image.AsSpan(table + (i * length), length);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, place + ((ulong)i * 8));
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], 0x403);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], 0x1234);
        }

        // not zero, so that no relocation fits
        image.AsSpan(0, table).Fill(0x5a);
        image.AsSpan(table + (entries * length)).Fill(0x5a);
        var found = RelocationTable.Find(image);
        found.Count.ShouldBe(entries);
        var search = Task.Run(() => ImageBase.Vote(image, (ulong)image.Length, found, null), TestContext.Current.CancellationToken);
        (await search.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken)).ShouldBeNull();
    }
}
