import pytest

from bench.figures import Aim, Figure, halves, in_a_row, percentile, spread


class TestPercentiles:
    @pytest.mark.parametrize(("share", "expected"), [(0.50, 50), (0.99, 99), (0.995, 100), (1.0, 100)])
    def test_are_values_that_were_measured(self, share: float, expected: float) -> None:
        assert percentile(list(range(100, 0, -1)), share) == expected

    def test_of_one_value_are_that_value(self) -> None:
        assert percentile([7.5], 0.50) == percentile([7.5], 0.99) == 7.5

    @pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.1)])
    def test_refuse_what_has_none(self, values: list[float], share: float) -> None:
        with pytest.raises(ValueError, match="needed one at least"):
            percentile(values, share)


class TestChains:
    def test_add_up_sample_by_sample(self) -> None:
        assert in_a_row([1, 2, 3], [10, 20, 30, 40]) == [11, 22, 33]

    def test_take_the_same_step_twice_from_different_samples(self) -> None:
        assert halves([1, 2, 3, 4]) == ([1, 3], [2, 4])


class TestFigures:
    @pytest.mark.parametrize(
        ("aim", "value", "met"),
        [(Aim(50), 50.0, True), (Aim(50), 50.1, False), (Aim(150, ">="), 149.9, False)],
    )
    def test_say_whether_the_aim_is_met(self, aim: Aim, value: float, *, met: bool) -> None:
        assert Figure(name="x", value=value, aim=aim).met is met

    def test_without_an_aim_say_nothing_of_it(self) -> None:
        assert Figure(name="x", value=1.0).met is None

    def test_cost_so_many_times_the_bare_engines(self) -> None:
        assert Figure(name="x", value=30.0, bare=10.0).ratio == 3.0
        assert Figure(name="x", value=100.0, unit="rows/s", bare=400.0).ratio == 4.0
        assert Figure(name="x", value=30.0).ratio is None

    def test_stand_beside_the_same_percentile_of_the_bare_engines(self) -> None:
        ours, bare = [float(one) for one in range(1, 101)], [one / 10 for one in range(1, 101)]
        p50, p99 = spread("road", ours, p99=Aim(150), bare=bare, beside="2 hops")
        assert (p50.name, p50.value, p50.bare, p50.met) == ("road, p50", 50, 5.0, None)
        assert (p99.name, p99.value, p99.bare, p99.met) == ("road, p99", 99, 9.9, True)
