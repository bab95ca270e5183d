using KernelBuild.KernelImages.Modules;

namespace KernelBuild.KernelImages.Tests.Modules;

/// <summary>.symtypes files, as genksyms and gendwarfksyms write them.</summary>
public sealed class TypesOfGenksyms
{
    private const string Then = """
        E#state enum state { ON = 0x0 , OFF }
        s#core struct core { int refs ; E#state state ; }
        s#device struct device { s#core * core ; char name [ 4 ] ; }
        get_device s#device * get_device ( s#device * )
        kfree void kfree ( const void * )

        """;

    [Theory]
    [InlineData("s#core struct core { int refs ; E#state state ; }", "s#core struct core { int refs ; int added ; E#state state ; }",
        "struct core has 'int added' where it had 'state state'")]
    [InlineData("char name [ 4 ] ; }", "char name [ 4 ] ; u32 tail ; }", "struct device has 'u32 tail' where it had nothing")]
    [InlineData("OFF }", "OFF , LOST }", "state has 'LOST' where it had nothing")]
    [InlineData("get_device ( s#device * )", "get_device ( s#device * , int )",
        "get_device is 'struct device * get_device ( struct device * , int )'; it was 'struct device * get_device ( struct device * )'")]
    public void The_type_nearest_to_the_symbol_that_differs_is_named(string was, string stands, string expected)
    {
        Difference(Then.Replace(was, stands, StringComparison.Ordinal), "get_device").ShouldBe(expected);
        Difference(Then.Replace(was, stands, StringComparison.Ordinal), "kfree").ShouldBeNull("it does not lead to that type");
    }

    [Fact]
    public void The_form_of_gendwarfksyms_is_read()
    {
        const string was = "'s#list head' structure_type 'list head' { member pointer_type { 's#list head' } byte_size(8) next data_member_location(0) } byte_size(16)\n"
            + "list_add subprogram ( formal_parameter 's#list head' new ) -> base_type void\n";
        var then = SymbolTypes.Parse([was]);
        SymbolTypes.Difference(then, SymbolTypes.Parse([was.Replace("location(0)", "location(8)", StringComparison.Ordinal)]), "list_add")!
            .ShouldContain("struct list head has 'member pointer_type { struct list head } byte_size(8) next data_member_location(8)'");
    }

    [Fact]
    public void A_symbol_that_a_side_does_not_have_and_damaged_text_give_no_difference()
    {
        Difference(Then, "no_such_symbol").ShouldBeNull();
        var random = new Random(3);
        for (var i = 0; i < 2_000; i++)
        {
            var text = Then.ToCharArray();
            for (var at = 0; at < 1 + (i % 8); at++)
            {
                text[random.Next(text.Length)] = " {}();#'\n,x"[random.Next(11)];
            }

            Should.NotThrow(() => Difference(new string(text), "get_device"));
        }
    }

    private static string? Difference(string now, string symbol) => SymbolTypes.Difference(SymbolTypes.Parse([Then]), SymbolTypes.Parse([now]), symbol);
}
