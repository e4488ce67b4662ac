//! A grid of cells, and the shortest way through it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::fmt::{self, Display};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Point {
    pub row: usize,
    pub column: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Open { cost: u32 },
    Wall,
    Door(char),
}

#[derive(Debug)]
pub enum ParseError {
    Ragged { line: usize, expected: usize, actual: usize },
    Unknown(char),
}

impl Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ragged { line, expected, actual } => {
                write!(f, "line {line}: expected {expected} cells, found {actual}")
            }
            Self::Unknown(c) => write!(f, "unknown cell {:?}", c),
        }
    }
}

impl std::error::Error for ParseError {}

pub struct Grid<const BORDER: bool = false> {
    cells: Vec<Cell>,
    width: usize,
}

impl<const BORDER: bool> std::str::FromStr for Grid<BORDER> {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let width = text.lines().next().map_or(0, |line| line.chars().count());
        let mut cells = Vec::with_capacity(text.len());
        for (line, row) in text.lines().enumerate() {
            let actual = row.chars().count();
            if actual != width {
                return Err(ParseError::Ragged { line, expected: width, actual });
            }
            for c in row.chars() {
                cells.push(match c {
                    '.' => Cell::Open { cost: 1 },
                    '0'..='9' => Cell::Open { cost: c as u32 - '0' as u32 },
                    '#' => Cell::Wall,
                    'a'..='z' | 'A'..='Z' => Cell::Door(c),
                    other => return Err(ParseError::Unknown(other)),
                });
            }
        }
        Ok(Grid { cells, width })
    }
}

impl<const BORDER: bool> Grid<BORDER> {
    pub fn cost(&self, at: Point) -> Option<u32> {
        match self.cells.get(at.row * self.width + at.column)? {
            Cell::Open { cost } if *cost > 0 => Some(*cost),
            Cell::Door(key @ 'a'..='f') => Some(10 + (*key as u32 & 0b1111)),
            _ => None,
        }
    }

    fn neighbours<'g>(&'g self, at: Point) -> impl Iterator<Item = Point> + 'g {
        const STEPS: [(isize, isize); 4] = [(0, 1), (1, 0), (0, -1), (-1, 0)];
        STEPS.iter().filter_map(move |&(dr, dc)| {
            let row = at.row.checked_add_signed(dr)?;
            let column = at.column.checked_add_signed(dc).filter(|c| *c < self.width)?;
            Some(Point { row, column })
        })
    }

    /// Dijkstra's way.
    pub fn shortest(&self, from: Point, to: Point) -> Option<u64> {
        let mut best: HashMap<Point, u64> = HashMap::from([(from, 0)]);
        let mut open = BinaryHeap::new();
        open.push(Reverse((0u64, from)));
        while let Some(Reverse((spent, at))) = open.pop() {
            if at == to {
                return Some(spent);
            }
            'next: for next in self.neighbours(at) {
                let Some(cost) = self.cost(next) else { continue 'next };
                let total = spent + u64::from(cost);
                if best.get(&next).map_or(true, |&known| total < known) {
                    best.insert(next, total);
                    open.push(Reverse((total, next)));
                }
            }
        }
        None
    }
}

macro_rules! point {
    ($row:expr, $column:expr) => {
        Point { row: $row, column: $column }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_round_walls() -> Result<(), ParseError> {
        let grid: Grid = "..#\n.##\n...".parse()?;
        assert_eq!(grid.shortest(point!(0, 0), point!(2, 2)), Some(4));
        assert!(matches!(r#"?"#.parse::<Grid<true>>(), Err(ParseError::Unknown('?'))));
        unsafe { std::ptr::read_volatile(&grid.width) };
        Ok(())
    }
}
