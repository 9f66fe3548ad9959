//! Reading a statement.

use sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident, LimitClause, ObjectName, OrderByKind,
    OrderBySort, Query, Select, SelectItem, SetExpr, Statement as Sql, TableFactor, Value,
};
use sqlparser::dialect::MySqlDialect;
use sqlparser::parser::Parser;

use super::{Selected, Statement, conditions};

/// Reads a statement; the error is a sentence.
pub(super) fn statement(sql: &str) -> Result<Statement, String> {
    // Of the dialects, MySQL's leaves a name in backticks whole, dots and all.
    let parsed =
        Parser::parse_sql(&MySqlDialect {}, sql).map_err(|error| format!("The SQL cannot be read: {error}."))?;
    let [Sql::Query(query)] = parsed.as_slice() else { return Err("Only one SELECT can be run.".into()) };
    let SetExpr::Select(select) = &*query.body else { return Err("Only a plain SELECT can be run.".into()) };
    refuse(query, select)?;
    let (model, explore) = table(select)?;
    let columns = select.projection.iter().map(column).collect::<Result<Vec<_>, _>>()?;
    for (index, column) in columns.iter().enumerate() {
        if columns.iter().take(index).any(|known| known.field == column.field) {
            return Err(format!("`{}` can be selected once only.", column.field));
        }
    }
    group_by(&select.group_by, &columns)?;
    let filter = select.selection.as_ref().map(|expr| conditions::condition(expr, false)).transpose()?;
    let having = select.having.as_ref().map(|expr| conditions::condition(expr, true)).transpose()?;
    Ok(Statement { model, explore, filter, having, sorts: sorts(query, &columns)?, limit: limit(query)?, columns })
}

/// What the interface does not have, joins above all: they belong into the explore.
fn refuse(query: &Query, select: &Select) -> Result<(), String> {
    let joins = select.from.iter().any(|from| !from.joins.is_empty()) || select.from.len() > 1;
    for (name, is_there) in [
        ("WITH", query.with.is_some()),
        ("FETCH", query.fetch.is_some()),
        ("a lock", !query.locks.is_empty()),
        ("DISTINCT", select.distinct.is_some()),
        ("INTO", select.into.is_some()),
        ("QUALIFY", select.qualify.is_some()),
        ("WINDOW", !select.named_window.is_empty()),
        ("a join, which belongs into the explore", joins),
    ] {
        if is_there {
            return Err(format!("The SQL interface does not have {name}."));
        }
    }
    Ok(())
}

fn idents(name: &ObjectName) -> Vec<&Ident> {
    name.0.iter().filter_map(|part| part.as_ident()).collect()
}

fn table(select: &Select) -> Result<(String, String), String> {
    let wrong = || "FROM must be `model`.`explore`.".to_owned();
    let Some(from) = select.from.first() else { return Err(wrong()) };
    let TableFactor::Table { name, alias: None, args: None, .. } = &from.relation else { return Err(wrong()) };
    match idents(name).as_slice() {
        [model, explore] => Ok((model.value.clone(), explore.value.clone())),
        _ => Err(wrong()),
    }
}

/// A field, with the explore's name before it or not; none for any other expression.
pub(super) fn field(expr: &Expr) -> Option<&str> {
    let ident = match expr {
        Expr::Identifier(ident) => ident,
        Expr::CompoundIdentifier(idents) => match idents.as_slice() {
            [_, ident] => ident,
            _ => return None,
        },
        Expr::Nested(inner) => return field(inner),
        _ => return None,
    };
    (ident.quote_style == Some('`') && ident.value.contains('.')).then_some(ident.value.as_str())
}

/// The measure inside `AGGREGATE`; none for any other expression.
pub(super) fn measure(expr: &Expr) -> Option<&str> {
    let Expr::Function(function) = expr else { return None };
    let name = idents(&function.name);
    let is_aggregate = matches!(name.as_slice(), [one] if one.value.eq_ignore_ascii_case("AGGREGATE"));
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))] if is_aggregate && function.over.is_none() => {
            field(argument)
        }
        _ => None,
    }
}

fn column(item: &SelectItem) -> Result<Selected, String> {
    let (expr, alias) = match item {
        SelectItem::UnnamedExpr(expr) => (expr, None),
        SelectItem::ExprWithAlias { expr, alias } => (expr, Some(alias.value.clone())),
        _ => return Err("Columns must be named one by one.".into()),
    };
    if let Some(name) = measure(expr) {
        return Ok(Selected { field: name.to_owned(), is_measure: true, alias });
    }
    let name =
        field(expr).ok_or_else(|| format!("A column is `view.field` or AGGREGATE(`view.field`), not {expr}."))?;
    Ok(Selected { field: name.to_owned(), is_measure: false, alias })
}

fn number(expr: &Expr) -> Option<u64> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// The field of a column that is named by its place, its alias or its expression.
fn named<'a>(expr: &'a Expr, columns: &'a [Selected]) -> Option<&'a str> {
    if let Some(place) = number(expr) {
        let index = usize::try_from(place).ok()?.checked_sub(1)?;
        return columns.get(index).map(|column| column.field.as_str());
    }
    if let Expr::Identifier(ident) = expr
        && let Some(column) = columns.iter().find(|column| column.alias.as_ref() == Some(&ident.value))
    {
        return Some(&column.field);
    }
    measure(expr).or_else(|| field(expr))
}

/// Groups are always made of all dimensions; who writes them down must name them all.
fn group_by(clause: &GroupByExpr, columns: &[Selected]) -> Result<(), String> {
    let GroupByExpr::Expressions(exprs, modifiers) = clause else {
        return Err("GROUP BY must name its columns.".into());
    };
    if !modifiers.is_empty() {
        return Err("GROUP BY has no modifiers.".into());
    }
    let mut groups = Vec::new();
    for expr in exprs {
        groups.push(named(expr, columns).ok_or_else(|| format!("GROUP BY cannot have {expr}."))?);
    }
    if let Some(measure) = columns.iter().find(|column| column.is_measure && groups.contains(&column.field.as_str())) {
        return Err(format!("GROUP BY cannot have the measure `{}`.", measure.field));
    }
    let left_out = columns.iter().find(|column| !column.is_measure && !groups.contains(&column.field.as_str()));
    match left_out.filter(|_| !groups.is_empty()) {
        Some(column) => Err(format!("`{}` must be in GROUP BY.", column.field)),
        None => Ok(()),
    }
}

fn sorts(query: &Query, columns: &[Selected]) -> Result<Vec<(String, bool)>, String> {
    let Some(order) = &query.order_by else { return Ok(Vec::new()) };
    let OrderByKind::Expressions(exprs) = &order.kind else { return Err("ORDER BY must name its columns.".into()) };
    let sort = |expr: &sqlparser::ast::OrderByExpr| {
        let name = named(&expr.expr, columns).ok_or_else(|| format!("ORDER BY cannot have {}.", expr.expr))?;
        if !columns.iter().any(|column| column.field == name) {
            return Err(format!("ORDER BY can only have what is selected, not `{name}`."));
        }
        Ok((name.to_owned(), expr.options.sort == Some(OrderBySort::Desc)))
    };
    exprs.iter().map(sort).collect()
}

fn limit(query: &Query) -> Result<Option<u64>, String> {
    match &query.limit_clause {
        None => Ok(None),
        Some(LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by }) if limit_by.is_empty() => {
            number(limit).map(Some).ok_or_else(|| "LIMIT must be a number.".to_owned())
        }
        Some(_) => Err("LIMIT has no OFFSET.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_fields_of_one_explore() {
        let read = statement(
            "SELECT `orders.status`, AGGREGATE(`orders.count`) AS n FROM `thelook`.`orders` \
             WHERE `orders.id` > 3 GROUP BY 1 HAVING AGGREGATE(`orders.count`) >= 2 ORDER BY n DESC, 1 LIMIT 10;",
        )
        .unwrap();
        assert_eq!((read.model.as_str(), read.explore.as_str(), read.limit), ("thelook", "orders", Some(10)));
        let columns: Vec<_> =
            read.columns.iter().map(|c| (c.field.as_str(), c.is_measure, c.alias.as_deref())).collect();
        assert_eq!(columns, [("orders.status", false, None), ("orders.count", true, Some("n"))]);
        assert_eq!(read.sorts, [("orders.count".to_owned(), true), ("orders.status".to_owned(), false)]);
        assert!(read.filter.is_some() && read.having.is_some());
    }

    #[test]
    fn what_the_interface_does_not_have_is_refused_with_a_sentence() {
        for sql in [
            "SELECT",
            "DELETE FROM `m`.`e`",
            "SELECT * FROM `m`.`e`",
            "SELECT `v.a` FROM `e`",
            "SELECT a FROM `m`.`e`",
            "SELECT `v.a` FROM `m`.`e` JOIN `m`.`f` ON 1 = 1",
            "SELECT DISTINCT `v.a` FROM `m`.`e`",
            "SELECT SUM(`v.a`) FROM `m`.`e`",
            "SELECT `v.a`, `v.a` FROM `m`.`e`",
            "SELECT `v.a`, `v.b` FROM `m`.`e` GROUP BY 1",
            "SELECT `v.a`, AGGREGATE(`v.m`) FROM `m`.`e` GROUP BY 1, 2",
            "SELECT `v.a` FROM `m`.`e` ORDER BY `v.b`",
            "SELECT `v.a` FROM `m`.`e` LIMIT 1 OFFSET 2",
            "SELECT `v.a` FROM `m`.`e` WHERE AGGREGATE(`v.m`) > 1",
            "SELECT `v.a` FROM `m`.`e` UNION ALL SELECT `v.a` FROM `m`.`e`",
            "SELECT `v.a` FROM `m`.`e`; SELECT `v.a` FROM `m`.`e`",
            "SELECT `v.a` FROM (SELECT 1)",
        ] {
            assert!(statement(sql).unwrap_err().ends_with('.'), "{sql}");
        }
    }
}
